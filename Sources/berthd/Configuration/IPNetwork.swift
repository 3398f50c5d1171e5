import Glibc

/// A network of IPv4 or IPv6 addresses: `192.0.2.0/24`, `2001:db8::/32`; an address alone is a network of one.
struct IPNetwork: Sendable, Equatable, CustomStringConvertible {
    /// The first address, 4 or 16 bytes; the bits behind the prefix are 0.
    let address: [UInt8]
    /// The bits that all addresses of the network share.
    let prefixLength: Int

    /// Reads a network; nil for anything else, and where a bit behind the prefix is set. IPv4 addresses that are mapped to
    /// IPv6 (RFC 4291 section 2.5.5.2) are the IPv4 addresses: clients are never seen under the others.
    init?(_ text: String) {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let host = parts.first, let address = Self.bytes(String(host)) else { return nil }
        var prefixLength = address.count * 8
        if parts.count == 2 {
            guard let given = Self.number(parts[1]), given <= prefixLength else { return nil }
            prefixLength = given
        }
        guard Self.isZero(address, behind: prefixLength) else { return nil }
        let isMapped = address.starts(with: Self.mappedPrefix) && prefixLength >= Self.mappedPrefix.count * 8
        self.address = isMapped ? Array(address.dropFirst(Self.mappedPrefix.count)) : address
        self.prefixLength = isMapped ? prefixLength - Self.mappedPrefix.count * 8 : prefixLength
    }

    /// The network in its one spelling, with its prefix length.
    var description: String { "\(Self.text(address))/\(prefixLength)" }

    private static let mappedPrefix = [UInt8](repeating: 0, count: 10) + [0xff, 0xff]

    private static func bytes(_ text: String) -> [UInt8]? {
        var four = in_addr()
        if inet_pton(AF_INET, text, &four) == 1 { return withUnsafeBytes(of: four) { [UInt8]($0) } }
        var six = in6_addr()
        guard inet_pton(AF_INET6, text, &six) == 1 else { return nil }
        return withUnsafeBytes(of: six) { [UInt8]($0) }
    }

    private static func text(_ address: [UInt8]) -> String {
        var buffer = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        _ = inet_ntop(address.count == 4 ? AF_INET : AF_INET6, address, &buffer, socklen_t(buffer.count))
        return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    private static func number(_ digits: Substring) -> Int? {
        guard (1...3).contains(digits.utf8.count),
            digits.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
            let number = Int(digits), String(number) == digits
        else { return nil }
        return number
    }

    private static func isZero(_ address: [UInt8], behind prefixLength: Int) -> Bool {
        address.enumerated().allSatisfy { index, byte in
            let shared = min(max(prefixLength - index * 8, 0), 8)
            return byte & UInt8(truncatingIfNeeded: 0xff >> shared) == 0
        }
    }
}
