import SessionControl

/// A numeric address and a port to listen on: `127.0.0.1:8022`, `[::]:2222`.
struct ListenAddress: Sendable, Equatable, CustomStringConvertible {
    /// The address without brackets.
    let host: String
    /// The port; 0 lets the system choose.
    let port: Int

    /// Reads `address:port`, an IPv6 address in brackets; nil for anything else, names included.
    init?(_ text: String) {
        guard let colon = text.lastIndex(of: ":"), let port = Self.port(text[text.index(after: colon)...]) else {
            return nil
        }
        var host = text[..<colon]
        let isBracketed = host.hasPrefix("[") && host.hasSuffix("]")
        if isBracketed { host = host.dropFirst().dropLast() }
        // An IPv4 address that is written as one of IPv6 is the same place to listen at.
        guard host.contains(":") == isBracketed, let address = AddressNetwork.Address(host) else { return nil }
        self.host = address.description
        self.port = port
    }

    /// Whether not both can be listened on: the same port, and the same address or one that stands for all of its kind.
    /// An IPv6 socket for all addresses takes those of IPv4, too.
    func overlaps(_ other: ListenAddress) -> Bool {
        guard port == other.port, port != 0 else { return false }
        let takesAll = [host, other.host].contains("::")
        let takesAllOfIPv4 = [host, other.host].contains("0.0.0.0") && isIPv6 == other.isIPv6
        return host == other.host || takesAll || takesAllOfIPv4
    }

    /// Whether it is an address of IPv6.
    var isIPv6: Bool { host.contains(":") }

    /// Whether only this machine reaches the address.
    var isLoopback: Bool { host == "::1" || host.hasPrefix("127.") }

    /// The form that ``init(_:)`` reads.
    var description: String {
        host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
    }

    private static func port(_ digits: Substring) -> Int? {
        guard (1...5).contains(digits.utf8.count),
            digits.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
            let port = Int(digits), port <= 65_535
        else { return nil }
        return port
    }
}
