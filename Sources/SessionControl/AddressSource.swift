import SSHWire

/// What connections and failed logins are counted by: an IPv4 address, or an IPv6 /64, since one customer holds a whole
/// one of those.
public struct AddressSource: Hashable, Sendable, CustomStringConvertible {
    /// Whether it is an IPv4 address.
    public let isIPv4: Bool
    /// The bits of the IPv4 address, or the first half of the IPv6 addresses.
    public let bits: UInt64

    /// The source with these bits.
    public init(isIPv4: Bool, bits: UInt64) {
        self.isIPv4 = isIPv4
        self.bits = bits
    }

    /// The source that an address belongs to.
    public init(_ address: AddressNetwork.Address) {
        isIPv4 = address.isIPv4
        bits = UInt64(truncatingIfNeeded: address.isIPv4 ? address.bits : address.bits >> 64)
    }

    /// What ``description`` gives, or any address that belongs to the source; nil for everything else.
    public init?(_ text: String) {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let host = parts.first, let address = AddressNetwork.Address(host) else { return nil }
        if parts.count == 2, address.isIPv4 || parts[1] != "64" { return nil }
        self.init(address)
    }

    /// `192.0.2.1`, or `2001:db8:0:1::/64`.
    public var description: String {
        isIPv4
            ? "\(AddressNetwork.Address(ipv4: UInt32(truncatingIfNeeded: bits)))"
            : "\(AddressNetwork.Address(ipv6: UInt128(bits) << 64))/64"
    }
}

extension AddressSource {
    /// Sources in one message.
    public static let countLimit = 1_024
}

extension ByteQueue {
    /// A source.
    public mutating func append(source: AddressSource) {
        append(source.isIPv4)
        append(source.bits)
    }

    /// A count and as many sources.
    mutating func append(sources: [AddressSource]) {
        append(counted: sources) { $0.append(source: $1) }
    }
}

extension WireReader {
    /// A source.
    @_lifetime(self: copy self)
    public mutating func readSource() throws(WireError) -> AddressSource {
        let isIPv4 = try readBoolean()
        let bits = try readUInt64()
        guard !isIPv4 || bits <= UInt32.max else { throw .malformed }
        return AddressSource(isIPv4: isIPv4, bits: bits)
    }

    /// A count and as many sources, at most ``AddressSource/countLimit``.
    @_lifetime(self: copy self)
    mutating func readSources() throws(WireError) -> [AddressSource] {
        try readCounted(limit: AddressSource.countLimit) { (reader) throws(WireError) in try reader.readSource() }
    }
}

extension AddressNetwork.Address {
    /// The address in ``SessionRecord/address``: `192.0.2.1:50022` or `[2001:db8::1]:50022`; nil for everything else.
    public init?(peer: String) {
        guard let (host, _) = splitEndpoint(peer) else { return nil }
        self.init(host)
    }
}
