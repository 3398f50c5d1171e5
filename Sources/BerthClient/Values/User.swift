/// An account by which a partner logs in.
public struct User: Sendable, Equatable, Codable {
    /// The generated name: 8 characters, never given to somebody else again.
    public let username: String
    /// The directory that the partner sees as `/`, as it was given.
    public let homeDirectory: String
    /// What the operator wrote about the account.
    public let description: String
    /// The bucket of all users.
    public let bucketName: String
    /// The host name that the partner connects to.
    public let endpoint: String
    /// The port that the partner connects to.
    public let port: Int
    /// The day of the last successful login; nil when there was none.
    public let lastConnectedDate: CalendarDate?
}
