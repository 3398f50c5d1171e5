/// Changes a user's description, home directory or both; what is nil stays as it is.
public struct UpdateUserCommand: Command, Equatable {
    /// The operation's name.
    public static let operation = "UpdateUser"
    /// What it gives.
    public typealias Output = UserOutput

    private struct Body: Encodable {
        let description: String?
        let homeDirectory: String?
    }

    /// Whom to change.
    public var username: String
    /// What to know about the account from now on.
    public var description: String?
    /// The directory that the partner sees as `/` in sessions that begin from now on.
    public var homeDirectory: String?
    /// The `etag` that was read: if the user has changed since, nothing is done and `.preconditionFailed` is thrown.
    public var ifMatch: String?

    /// Changes the user of that name.
    public init(
        username: String, description: String? = nil, homeDirectory: String? = nil, ifMatch: String? = nil
    ) {
        self.username = username
        self.description = description
        self.homeDirectory = homeDirectory
        self.ifMatch = ifMatch
    }

    /// `PUT /users/{username}`.
    public func request() throws(SftpClientError) -> CommandRequest {
        var request = try CommandRequest(.put, .sftp, ["users", username])
            .with(Body(description: description, homeDirectory: homeDirectory)).with(ifMatch: ifMatch)
        // If its first attempt was carried out, a second one would fail as if somebody else had changed the user.
        request.isIdempotent = ifMatch == nil
        return request
    }
}
