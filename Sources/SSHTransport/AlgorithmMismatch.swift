/// Why a client could not be served: it has nothing in common with us for one or more kinds of algorithms.
public struct AlgorithmMismatch: Equatable, Sendable {
    /// A kind without a common algorithm.
    public struct Lack: Equatable, Sendable {
        /// The kind.
        public let kind: AlgorithmKind
        /// What the client offers, any bytes; the beginning of it when it is long.
        public let offered: [UInt8]
        /// What would be taken from it, by the policy that takes most.
        public let wanted: [String]
    }

    /// The kinds without a common algorithm: of the connection's policy, or of the most lenient one if that has no answer
    /// either.
    public let lacks: [Lack]
    /// Whether ``AlgorithmPolicy/legacy`` would take the client. Nil when that is not known.
    public let isAdmittedByLegacy: Bool?

    /// The longest list that is kept, in bytes.
    static let offeredLimit = 512

    /// The mismatch of `offer` with `policy`, nil when there is none.
    init?(_ offer: KeyExchangeOffer, policy: AlgorithmPolicy, legacy: AlgorithmPolicy) {
        let lacking = policy.lacking(for: offer)
        guard !lacking.isEmpty else { return nil }
        let hopeless = legacy.lacking(for: offer)
        isAdmittedByLegacy = hopeless.isEmpty
        lacks = (hopeless.isEmpty ? lacking : hopeless).map { kind in
            Lack(
                kind: kind, offered: Array(offer.list(of: kind).prefix(Self.offeredLimit)),
                wanted: legacy.names(of: kind))
        }
    }

    /// What libssh says about a client whose offer was not seen, nil when the text says something else:
    /// `kex error : no match for method KIND: server [LIST], client [LIST]`, cut at 1,023 bytes.
    public init?(libraryText text: String, legacy: AlgorithmPolicy) {
        let bytes = Array(text.utf8)
        guard let start = Self.end(of: "no match for method ", in: bytes[...]) else { return nil }
        let rest = bytes[start...]
        let found = Self.descriptions.first { rest.starts(with: $0.0.utf8) }
        guard let kind = found?.1 else { return nil }
        var offered = Self.end(of: ", client [", in: rest).map { Array(rest[$0...]) } ?? []
        if offered.last == UInt8(ascii: "]") { offered.removeLast() }
        // It may be that other kinds lack as well: libssh tells of the first alone.
        isAdmittedByLegacy = kind == .compressionIn || kind == .compressionOut ? false : nil
        lacks = [Lack(kind: kind, offered: Array(offered.prefix(Self.offeredLimit)), wanted: legacy.names(of: kind))]
    }

    /// libssh's names of the kinds.
    private static let descriptions: [(String, AlgorithmKind)] = [
        ("kex algos", .keyExchange), ("server host key algo", .hostKey), ("encryption client->server", .cipherIn),
        ("encryption server->client", .cipherOut), ("mac algo client->server", .macIn),
        ("mac algo server->client", .macOut), ("compression algo client->server", .compressionIn),
        ("compression algo server->client", .compressionOut),
    ]

    /// The index behind the first `text` in `bytes`.
    private static func end(of text: String, in bytes: ArraySlice<UInt8>) -> Int? {
        var rest = bytes
        while !rest.isEmpty {
            if rest.starts(with: text.utf8) { return rest.startIndex + text.utf8.count }
            rest = rest.dropFirst()
        }
        return nil
    }
}
