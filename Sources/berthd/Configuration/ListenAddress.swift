import Glibc

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
        var host = String(text[..<colon])
        if host.hasPrefix("["), host.hasSuffix("]") {
            host = String(host.dropFirst().dropLast())
            var address = in6_addr()
            guard inet_pton(AF_INET6, host, &address) == 1 else { return nil }
        } else {
            var address = in_addr()
            guard inet_pton(AF_INET, host, &address) == 1 else { return nil }
        }
        self.host = host
        self.port = port
    }

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
