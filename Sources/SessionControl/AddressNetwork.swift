import Glibc

/// A network of IP addresses in CIDR notation (RFC 4632 section 3.1, RFC 4291 section 2.3).
public struct AddressNetwork: Hashable, Sendable, CustomStringConvertible {
    /// An IPv4 or IPv6 address. An IPv4 address that is mapped into IPv6 (RFC 4291 section 2.5.5.2) is an IPv4 address.
    public struct Address: Hashable, Sendable, CustomStringConvertible {
        /// Whether it is an IPv4 address.
        public let isIPv4: Bool
        /// The address as a number: 32 bits of it for IPv4.
        public let bits: UInt128

        /// An IPv4 address.
        public init(ipv4 bits: UInt32) {
            isIPv4 = true
            self.bits = UInt128(bits)
        }

        /// An IPv6 address.
        public init(ipv6 bits: UInt128) {
            isIPv4 = bits >> 32 == 0xffff
            self.bits = isIPv4 ? bits & 0xffff_ffff : bits
        }

        /// A numeric address as inet_pton(3) reads it, without zone; nil for everything else.
        public init?(_ text: some StringProtocol) {
            let text = String(text)
            // The C function would stop at a NUL.
            guard !text.utf8.contains(0), text.utf8.count < Int(INET6_ADDRSTRLEN) else { return nil }
            var ipv4: UInt32 = 0
            if inet_pton(AF_INET, text, &ipv4) == 1 {
                self.init(ipv4: UInt32(bigEndian: ipv4))
                return
            }
            var ipv6: UInt128 = 0
            guard inet_pton(AF_INET6, text, &ipv6) == 1 else { return nil }
            self.init(ipv6: UInt128(bigEndian: ipv6))
        }

        /// The address in its one spelling (RFC 5952).
        public var description: String {
            var buffer = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
            if isIPv4 {
                var address = UInt32(truncatingIfNeeded: bits).bigEndian
                _ = inet_ntop(AF_INET, &address, &buffer, socklen_t(buffer.count))
            } else {
                var address = bits.bigEndian
                _ = inet_ntop(AF_INET6, &address, &buffer, socklen_t(buffer.count))
            }
            return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        }

        var width: Int { isIPv4 ? 32 : 128 }
    }

    private let first: Address
    /// Bits that addresses of the network may have in any way.
    private let freeBits: Int

    /// A network as `192.0.2.0/24`, `2001:db8::/32` or `::ffff:192.0.2.0/120`, or a single address. Bits behind the
    /// prefix don't matter.
    ///
    /// - Returns: nil for everything else.
    public init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard let host = parts.first, parts.count <= 2, let address = Address(host) else { return nil }
        let written = host.utf8.contains(UInt8(ascii: ":")) ? 128 : 32
        var prefix = written
        if parts.count == 2 {
            guard let length = Self.prefixLength(parts[1]), length <= written else { return nil }
            prefix = length
        }
        // Of a mapped address, the prefix has to hold the part that says so.
        let free = written - prefix
        guard free <= address.width else { return nil }
        first = address
        freeBits = free
    }

    /// As ``init(_:)``, for what a person wrote: nil also where a bit behind the prefix is set or the prefix length begins
    /// with a zero, since something else may have been meant.
    public init?(strictly text: String) {
        guard let network = AddressNetwork(text) else { return nil }
        let length = text.utf8.lastIndex(of: UInt8(ascii: "/")).map { text.utf8[$0...].dropFirst() }
        guard length?.first != UInt8(ascii: "0") || length?.count == 1 else { return nil }
        guard (network.first.bits >> network.freeBits) << network.freeBits == network.first.bits else { return nil }
        self = network
    }

    /// The network as ``init(_:)`` reads it, with its prefix length.
    public var description: String { "\(first)/\(first.width - freeBits)" }

    /// Whether an address belongs to it.
    public func contains(_ address: Address) -> Bool {
        guard address.isIPv4 == first.isIPv4 else { return false }
        // A shift by the whole width gives 0, as it should.
        return address.bits >> freeBits == first.bits >> freeBits
    }

    private static func prefixLength(_ text: Substring) -> Int? {
        let digits = text.utf8
        guard (1...3).contains(digits.count), digits.allSatisfy((UInt8(ascii: "0")...UInt8(ascii: "9")).contains) else {
            return nil
        }
        return Int(text)
    }
}
