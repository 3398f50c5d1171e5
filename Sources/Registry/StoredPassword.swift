import Foundation

/// A password as the registry holds it: everything but the password itself, of which only a verifier is stored.
public struct StoredPassword: Sendable, Equatable, Identifiable {
    /// The number by which operators name the password; never used twice.
    public let id: Int64
    /// When the password was made, to the millisecond.
    public let createdAt: Date
    /// From when on the password is refused; nil when it has no end.
    public let expiresAt: Date?
    /// When somebody logged in with it last, to ``Registry/passwordUseIntervalSeconds``; nil when nobody did.
    public let lastUsedAt: Date?

    /// A password with these members; only the registry makes ones that exist.
    public init(id: Int64, createdAt: Date, expiresAt: Date?, lastUsedAt: Date?) {
        self.id = id
        self.createdAt = createdAt
        self.expiresAt = expiresAt
        self.lastUsedAt = lastUsedAt
    }
}

/// A user whose name and password were right.
public struct AuthenticatedUser: Sendable, Equatable {
    /// The user.
    public let user: User
    /// The password that it was.
    public let password: StoredPassword
}

/// What became of a request to delete a password.
public enum PasswordDeletion: Sendable, Equatable {
    /// It is no longer valid.
    case deleted
    /// There is no user of that name.
    case noSuchUser
    /// The user has no valid password of that id.
    case noSuchPassword
    /// It is the only valid one, and stays.
    case last
}
