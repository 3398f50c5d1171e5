/// Ends one of a user's passwords. The last valid one can't be ended: `.resourceConflict`.
public struct DeletePasswordCommand: Command, Equatable {
    /// The operation's name.
    public static let operation = "DeletePassword"
    /// Nothing but metadata.
    public typealias Output = NoContent

    /// Whose password.
    public var username: String
    /// Which, as ListPasswords names it.
    public var id: String
    /// Whether the user's open sessions end; nil for no.
    public var endSessions: Bool?

    /// Ends that password.
    public init(username: String, id: String, endSessions: Bool? = nil) {
        self.username = username
        self.id = id
        self.endSessions = endSessions
    }

    /// `DELETE /users/{username}/passwords/{id}`.
    public func request() throws(SftpClientError) -> CommandRequest {
        try CommandRequest(.delete, .berth, ["users", username, "passwords", id])
            .with(query: [("endSessions", endSessions.map { String($0) })])
    }
}
