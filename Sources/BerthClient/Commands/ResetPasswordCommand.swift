import FoundationEssentials

/// Gives a user a new password. The old one ends at once, or after a time in which both are valid.
///
/// Not tried again once the service may have carried it out.
public struct ResetPasswordCommand: Command, Equatable {
    /// The operation's name.
    public static let operation = "ResetPassword"

    private struct Body: Encodable {
        let passwordOptions: PasswordOptions?
        let overlapSeconds: Int?
        let endSessions: Bool?
    }

    /// Whose password.
    public var username: String
    /// What the new password shall be like; nil for the service's default.
    public var passwordOptions: PasswordOptions?
    /// Seconds for which the old password stays valid, 0 to 7,776,000 (90 days); nil for 0.
    public var overlapSeconds: Int?
    /// Whether the user's open sessions end; nil for no.
    public var endSessions: Bool?

    /// A new password for the user of that name.
    public init(
        username: String, passwordOptions: PasswordOptions? = nil, overlapSeconds: Int? = nil, endSessions: Bool? = nil
    ) {
        self.username = username
        self.passwordOptions = passwordOptions
        self.overlapSeconds = overlapSeconds
        self.endSessions = endSessions
    }

    /// `POST /users/{username}/password`.
    public func request() throws(SftpClientError) -> CommandRequest {
        try CommandRequest(.post, .berth, ["users", username, "password"]).with(
            Body(passwordOptions: passwordOptions, overlapSeconds: overlapSeconds, endSessions: endSessions))
    }

    /// The new password.
    public struct Output: CommandOutput, Equatable {
        private struct Body: Decodable {
            let username: String
            let password: Secret
            let previousPasswordExpiresAt: Date?
        }

        /// Whose password it is.
        public let username: String
        /// The password, which the service shows this once.
        public let password: Secret
        /// When the old password ends; nil when it has.
        public let previousPasswordExpiresAt: Date?
        /// Status, request id, attempts.
        public let metadata: ResponseMetadata

        /// Reads the new password.
        public init(_ response: CommandResponse) throws(SftpClientError) {
            let body: Body = try response.decoded()
            username = body.username
            password = body.password
            previousPasswordExpiresAt = body.previousPasswordExpiresAt
            metadata = response.metadata
        }
    }
}
