/// Reads a user.
public struct ReadUserCommand: Command, Equatable {
    /// The operation's name.
    public static let operation = "ReadUser"
    /// What it gives.
    public typealias Output = UserOutput

    /// Whom to read.
    public var username: String

    /// Reads the user of that name.
    public init(username: String) {
        self.username = username
    }

    /// `GET /users/{username}`.
    public func request() throws(SftpClientError) -> CommandRequest {
        try CommandRequest(.get, .sftp, ["users", username])
    }
}

/// A user that was read or changed. Its members are the output's own: `output.username`.
@dynamicMemberLookup
public struct UserOutput: CommandOutput, Equatable {
    /// The user.
    public let user: User
    /// Which state of the user this is: for UpdateUser's `ifMatch`. Nil where the service does not say.
    public let etag: String?
    /// Status, request id, attempts.
    public let metadata: ResponseMetadata

    /// Reads the user.
    public init(_ response: CommandResponse) throws(SftpClientError) {
        user = try response.decoded()
        etag = response.header("etag")
        metadata = response.metadata
    }

    /// A member of the user.
    public subscript<Value>(dynamicMember member: KeyPath<User, Value>) -> Value { user[keyPath: member] }
}
