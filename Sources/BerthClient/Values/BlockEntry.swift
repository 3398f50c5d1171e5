import FoundationEssentials

/// An address that may not connect for a time, because it failed to log in too often.
public struct BlockEntry: Sendable, Equatable, Codable {
    /// An IPv4 address, or an IPv6 network as `2001:db8:0:1::/64`.
    public let address: String
    /// Why it is blocked.
    public let reason: String
    /// Failed logins that led to it.
    public let failures: Int
    /// When it ends.
    public let until: Date
}
