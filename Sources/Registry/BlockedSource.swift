import Foundation

/// An address (an IPv6 /64 counts as one) that failed to log in too often.
public struct BlockedSource: Sendable, Equatable, Identifiable {
    /// `192.0.2.1` or `2001:db8:0:1::/64`.
    public let source: String
    /// When the block began, to the millisecond: no two have the same.
    public let beganAt: Date
    /// When it ends, or ended.
    public let endsAt: Date
    /// Which one it is of those that followed upon each other, counted from 1.
    public let number: Int
    /// Failed logins that led to it.
    public let failures: Int
    /// Why, in words for an operator.
    public let reason: String

    /// A block.
    public init(source: String, beganAt: Date, endsAt: Date, number: Int, failures: Int, reason: String) {
        self.source = source
        self.beganAt = beganAt
        self.endsAt = endsAt
        self.number = number
        self.failures = failures
        self.reason = reason
    }

    /// What blocks are ordered by.
    public var id: Int64 { beganAt.millisecondsSinceEpoch }
}
