/// What client and server agree on (RFC 4253 section 7.1).
public enum AlgorithmKind: Int, CaseIterable, Sendable {
    /// Key exchange.
    case keyExchange
    /// The host key's type and signature.
    case hostKey
    /// The cipher from client to server.
    case cipherIn
    /// The cipher from server to client.
    case cipherOut
    /// The MAC from client to server.
    case macIn
    /// The MAC from server to client.
    case macOut
    /// Compression from client to server.
    case compressionIn
    /// Compression from server to client.
    case compressionOut

    /// The name for people.
    public var name: String {
        switch self {
        case .keyExchange: "key exchange"
        case .hostKey: "host key algorithm"
        case .cipherIn: "cipher from client to server"
        case .cipherOut: "cipher from server to client"
        case .macIn: "MAC from client to server"
        case .macOut: "MAC from server to client"
        case .compressionIn: "compression from client to server"
        case .compressionOut: "compression from server to client"
        }
    }
}

// What becomes of a policy once the client has said what it has.
extension AlgorithmPolicy {
    /// Ciphers that authenticate by themselves: no MAC is agreed for them.
    static let authenticatedCiphers = [
        "aes256-gcm@openssh.com", "aes128-gcm@openssh.com", "chacha20-poly1305@openssh.com",
    ]

    /// The list for a kind.
    public func names(of kind: AlgorithmKind) -> [String] {
        switch kind {
        case .keyExchange: keyExchanges
        case .hostKey: hostKeys
        case .cipherIn, .cipherOut: ciphers
        case .macIn, .macOut: macs
        case .compressionIn, .compressionOut: ["none"]
        }
    }

    /// The policy with those host key algorithms alone for which there is a key.
    ///
    /// - Parameter types: the names of the keys' types, such as `ssh-rsa`.
    func limited(toKeysOf types: [String]) -> AlgorithmPolicy {
        var limited = self
        limited.hostKeys.removeAll { name in
            !types.contains(name) && !(name.hasPrefix("rsa-sha2-") && types.contains("ssh-rsa"))
        }
        return limited
    }

    /// What to offer to a client that sent `offer`, so that the best is agreed that both have, whatever the client's
    /// order is: ``preferredCiphers`` alone where it has one of them in both directions, and nothing that
    /// ``AlgorithmPolicy/modern`` lacks where it has something that is there.
    func offered(to offer: KeyExchangeOffer) -> AlgorithmPolicy {
        func strongest(_ names: [String], _ modern: [String], _ kinds: AlgorithmKind...) -> [String] {
            let strong = names.filter(modern.contains)
            return kinds.allSatisfy { offer.sharesAny(of: strong, for: $0) } ? strong : names
        }
        var offered = self
        offered.keyExchanges = strongest(keyExchanges, Self.modern.keyExchanges, .keyExchange)
        offered.hostKeys = strongest(hostKeys, Self.modern.hostKeys, .hostKey)
        offered.macs = strongest(macs, Self.modern.macs, .macIn, .macOut)
        let preferred = preferredCiphers.filter(ciphers.contains)
        if offer.sharesAny(of: preferred, for: .cipherIn), offer.sharesAny(of: preferred, for: .cipherOut) {
            offered.ciphers = preferred
        } else {
            offered.ciphers = strongest(ciphers, Self.modern.ciphers, .cipherIn, .cipherOut)
        }
        return offered
    }

    /// What is agreed with a client that sent `offer`: the first name of its list that is in ours (RFC 4253 section 7.1);
    /// nil where there is none.
    func agreed(_ kind: AlgorithmKind, with offer: KeyExchangeOffer) -> String? {
        offer.names(of: kind).first(where: names(of: kind).contains)
    }

    /// The kinds for which nothing can be agreed with a client that sent `offer`.
    public func lacking(for offer: KeyExchangeOffer) -> [AlgorithmKind] {
        AlgorithmKind.allCases.filter { kind in
            guard agreed(kind, with: offer) == nil else { return false }
            switch kind {
            case .keyExchange, .hostKey, .cipherIn, .cipherOut, .compressionIn, .compressionOut: return true
            case .macIn: return !Self.needsNoMAC(agreed(.cipherIn, with: offer))
            case .macOut: return !Self.needsNoMAC(agreed(.cipherOut, with: offer))
            }
        }
    }

    /// Whether no MAC is agreed because of the cipher.
    static func needsNoMAC(_ cipher: String?) -> Bool {
        cipher.map(authenticatedCiphers.contains) ?? false
    }
}

extension KeyExchangeOffer {
    /// The client's list for a kind, as text. Names are compared, never shown: those that are no UTF-8 match nothing.
    func names(of kind: AlgorithmKind) -> [String] {
        list(of: kind).split(separator: UInt8(ascii: ",")).map { String(decoding: $0, as: UTF8.self) }
    }

    /// The client's list for a kind, as it came.
    public func list(of kind: AlgorithmKind) -> [UInt8] {
        switch kind {
        case .keyExchange: keyExchanges
        case .hostKey: hostKeys
        case .cipherIn: ciphersIn
        case .cipherOut: ciphersOut
        case .macIn: macsIn
        case .macOut: macsOut
        case .compressionIn: compressionIn
        case .compressionOut: compressionOut
        }
    }

    /// Whether the client has one of `names`.
    func sharesAny(of names: [String], for kind: AlgorithmKind) -> Bool {
        self.names(of: kind).contains(where: names.contains)
    }
}
