import SSHTransport

/// What the log says about a client that has no algorithm in common with us: what it offers and what would admit it.
enum RefusalText {
    /// Bytes of a client's list that are shown: it may have sent thousands.
    private static let listLimit = 240
    /// Bytes in all, below the limit of the broker's messages.
    private static let limit = 1_000

    /// One line of printable ASCII.
    ///
    /// - Parameter host: the client's address without its port.
    static func reason(for mismatch: AlgorithmMismatch, host: String) -> String {
        var text = ""
        for lack in mismatch.lacks.prefix(2) {
            text += "no \(lack.kind.name) in common: the client offers \(shown(lack.offered)); "
        }
        let settings =
            "sftp.legacy_networks with \(host), or sftp.legacy_listen and its port; "
            + "the user needs the right to weak algorithms too"
        switch mismatch.isAdmittedByLegacy {
        case true?: text += "to admit it: \(settings)"
        case nil: text += "perhaps this would admit it: \(settings)"
        case false?:
            let wanted = mismatch.lacks.first?.wanted ?? []
            // The client's word for it is an algorithm, too.
            text += "no setting admits it: it must be brought to "
            text += wanted == ["none"] ? "do without" : "support one of \(wanted.joined(separator: ","))"
        }
        return String(decoding: text.utf8.prefix(limit), as: UTF8.self)
    }

    /// The list without names that stand for abilities, not for algorithms (RFC 8308, OpenSSH's strict key exchange).
    private static func names(_ list: [UInt8]) -> [UInt8] {
        let names = list.split(separator: UInt8(ascii: ",")).filter { name in
            !name.starts(with: "ext-info-".utf8) && !name.starts(with: "kex-strict-".utf8)
        }
        return Array(names.joined(separator: [UInt8(ascii: ",")]))
    }

    private static func shown(_ list: [UInt8]) -> String {
        let list = names(list)
        guard !list.isEmpty else { return "nothing" }
        var text = ""
        for byte in list.prefix(listLimit) {
            let isPlain = (0x21...0x7e).contains(byte)
            text.unicodeScalars.append(isPlain ? Unicode.Scalar(byte) : "?")
        }
        return list.count > listLimit ? text + "..." : text
    }
}
