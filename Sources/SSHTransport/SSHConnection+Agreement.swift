import CLibSSH

// What was agreed in the key exchange, and why nothing was.
extension SSHConnection {
    /// The key exchange is over, as far as a request of the client shows: looks at what was agreed.
    func noteAgreement() {
        guard agreement == nil else { return }
        let weak = findWeakAlgorithms()
        agreement = Agreement(weakAlgorithms: weak)
        guard weak.isEmpty, !server.isModern else { return }
        // The right to weak algorithms is asked for at login alone: a client that comes without them gets none later, when
        // it renews the keys.
        do { try library.offer(server.modernAlgorithms) } catch { stop(.failed(error)) }
    }

    private func findWeakAlgorithms() -> [String] {
        guard !server.isModern else { return [] }
        var weak: [String] = []
        for kind in AlgorithmKind.allCases where !isAuthenticatedByCipher(kind) {
            let name = agreedName(kind) ?? "unknown"
            guard !AlgorithmPolicy.modern.names(of: kind).contains(name), !weak.contains(name) else { continue }
            weak.append(name)
        }
        return weak
    }

    private func isAuthenticatedByCipher(_ kind: AlgorithmKind) -> Bool {
        switch kind {
        case .macIn: AlgorithmPolicy.needsNoMAC(library.agreed(.cipherIn))
        case .macOut: AlgorithmPolicy.needsNoMAC(library.agreed(.cipherOut))
        case .keyExchange, .hostKey, .cipherIn, .cipherOut, .compressionIn, .compressionOut: false
        }
    }

    private func agreedName(_ kind: AlgorithmKind) -> String? {
        if let name = library.agreed(kind) { return name }
        if let clientOffer { return offered.agreed(kind, with: clientOffer) }
        // Its offer was not seen: the worst that it can be.
        return offered.names(of: kind).last
    }

    /// What the end of the session has to do with algorithms; nil when that is nothing.
    func mismatch(_ error: SSHError) -> AlgorithmMismatch? {
        guard agreement == nil else { return nil }
        guard
            let told = AlgorithmMismatch(
                libraryText: error.text, legacy: server.legacyAlgorithms)
        else { return nil }
        let seen = clientOffer.flatMap {
            AlgorithmMismatch($0, policy: server.algorithms, legacy: server.legacyAlgorithms)
        }
        return seen ?? told
    }
}

/// What was agreed in the first key exchange of a connection.
struct Agreement {
    /// What of it ``AlgorithmPolicy/modern`` does not have.
    let weakAlgorithms: [String]
}
