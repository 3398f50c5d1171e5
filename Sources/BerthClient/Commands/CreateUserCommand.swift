/// Makes a user with a generated name and password, and its home directory.
///
/// Not tried again once the service may have carried it out: list the users then, or make another one.
public struct CreateUserCommand: Command, Equatable {
    /// The operation's name.
    public static let operation = "CreateUser"

    private struct Body: Encodable {
        let homeDirectory: String
        let description: String
        let passwordOptions: PasswordOptions?
    }

    /// The directory that the partner will see as `/`.
    public var homeDirectory: String
    /// What to know about the account.
    public var description: String
    /// What the password shall be like; nil for the service's default.
    public var passwordOptions: PasswordOptions?

    /// A user at `homeDirectory`.
    public init(homeDirectory: String, description: String, passwordOptions: PasswordOptions? = nil) {
        self.homeDirectory = homeDirectory
        self.description = description
        self.passwordOptions = passwordOptions
    }

    /// `POST /users`.
    public func request() throws(SftpClientError) -> CommandRequest {
        try CommandRequest(.post, .sftp, ["users"]).with(
            Body(homeDirectory: homeDirectory, description: description, passwordOptions: passwordOptions))
    }

    /// The user that was made. Its members are the output's own: `output.username`.
    @dynamicMemberLookup
    public struct Output: CommandOutput, Equatable {
        private struct Body: Decodable {
            let password: Secret
        }

        /// The user that was made.
        public let user: User
        /// The password, which the service shows this once.
        public let password: Secret
        /// Which state of the user this is: for UpdateUser's `ifMatch`. Nil where the service does not say.
        public let etag: String?
        /// Status, request id, attempts.
        public let metadata: ResponseMetadata

        /// Reads the user with its password.
        public init(_ response: CommandResponse) throws(SftpClientError) {
            user = try response.decoded()
            password = try response.decoded(Body.self).password
            etag = response.header("etag")
            metadata = response.metadata
        }

        /// A member of the user.
        public subscript<Value>(dynamicMember member: KeyPath<User, Value>) -> Value { user[keyPath: member] }
    }
}
