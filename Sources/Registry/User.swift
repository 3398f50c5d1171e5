import Foundation

/// A partner's account, as the registry holds it. Credentials are not part of it.
public struct User: Sendable, Equatable, Identifiable {
    /// The place in the order of creation: a later user has a greater number, and no number is used twice.
    public let id: Int64
    /// The name partners log in with; see ``Username``.
    public let username: String
    /// The directory inside the bucket that is the user's `/`, as given at creation or last update.
    public let homeDirectory: String
    /// The operator's words about the user.
    public let description: String
    /// The day (UTC) of the last successful login; nil when there was none.
    public let lastConnectedDate: CalendarDate?
    /// When the user was made, to the millisecond.
    public let createdAt: Date
    /// Whether the user may log in where weak algorithms were agreed, as old clients need it.
    public let legacyAlgorithms: Bool

    /// A user with these members; only the registry makes ones that exist.
    public init(
        id: Int64, username: String, homeDirectory: String, description: String, lastConnectedDate: CalendarDate?,
        createdAt: Date, legacyAlgorithms: Bool = false
    ) {
        self.id = id
        self.username = username
        self.homeDirectory = homeDirectory
        self.description = description
        self.lastConnectedDate = lastConnectedDate
        self.createdAt = createdAt
        self.legacyAlgorithms = legacyAlgorithms
    }
}
