import FoundationEssentials

/// One of the passwords that are valid for a user; never the password itself.
public struct PasswordEntry: Sendable, Equatable, Codable {
    /// What names it in DeletePassword.
    public let id: String
    /// When it was made.
    public let createdAt: Date
    /// When it stops being valid; nil for one without an end.
    public let expiresAt: Date?
    /// When it was last used to log in; nil when it never was.
    public let lastUsedAt: Date?
}
