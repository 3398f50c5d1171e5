/// Deletes a user; its files stay, its open sessions end.
public struct DeleteUserCommand: Command, Equatable {
    /// The operation's name.
    public static let operation = "DeleteUser"
    /// Nothing but metadata.
    public typealias Output = NoContent

    /// Whom to delete.
    public var username: String
    /// The `etag` that was read: if the user has changed since, nothing is done and `.preconditionFailed` is thrown.
    public var ifMatch: String?

    /// Deletes the user of that name.
    public init(username: String, ifMatch: String? = nil) {
        self.username = username
        self.ifMatch = ifMatch
    }

    /// `DELETE /users/{username}`.
    public func request() throws(SftpClientError) -> CommandRequest {
        try CommandRequest(.delete, .sftp, ["users", username]).with(ifMatch: ifMatch)
    }
}
