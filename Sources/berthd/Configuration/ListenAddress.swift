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
        let host = String(text[..<colon])
        if host.hasPrefix("["), host.hasSuffix("]") {
            var address = in6_addr()
            guard inet_pton(AF_INET6, String(host.dropFirst().dropLast()), &address) == 1 else { return nil }
            let text = Self.text(&address)
            // An IPv4 address that is written as one of IPv6 is the same place to listen at.
            self.host = text.hasPrefix(Self.mappedPrefix) && text.contains(".") ? String(text.dropFirst(7)) : text
        } else {
            var address = in_addr()
            guard inet_pton(AF_INET, host, &address) == 1 else { return nil }
            self.host = host
        }
        self.port = port
    }

    /// How an IPv4 address begins that is mapped into IPv6 (RFC 4291 section 2.5.5.2).
    private static let mappedPrefix = "::ffff:"

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

    /// An IPv6 address in its one spelling (RFC 5952).
    private static func text(_ address: inout in6_addr) -> String {
        var buffer = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        _ = inet_ntop(AF_INET6, &address, &buffer, socklen_t(buffer.count))
        return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    private static func port(_ digits: Substring) -> Int? {
        guard (1...5).contains(digits.utf8.count),
            digits.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
            let port = Int(digits), port <= 65_535
        else { return nil }
        return port
    }
}
