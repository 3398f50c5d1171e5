import FoundationEssentials

/// A connection of a partner that is open.
public struct SessionEntry: Sendable, Equatable, Codable {
    /// What names it in EndSession, and in the service's log.
    public let id: String
    /// Who logged in; nil before somebody has.
    public let username: String?
    /// Where it comes from.
    public let address: String
    /// The client's identification string, escaped by the service.
    public let client: String
    /// When it began.
    public let since: Date
    /// Bytes of files that came in.
    public let bytesIn: Int64
    /// Bytes of files that went out.
    public let bytesOut: Int64
}
