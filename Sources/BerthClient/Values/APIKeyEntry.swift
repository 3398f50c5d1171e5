import FoundationEssentials

/// An API key as it is listed; never the key itself.
public struct APIKeyEntry: Sendable, Equatable, Codable {
    /// What names it in DeleteApiKey.
    public let id: String
    /// The name that it was given.
    public let name: String
    /// What it may do.
    public let rights: [AccessRight]
    /// When it was made.
    public let createdAt: Date
    /// When it stops being valid; nil for one without an end.
    public let expiresAt: Date?
    /// The day on which it was last used; nil when it never was.
    public let lastUsedDate: CalendarDate?
}
