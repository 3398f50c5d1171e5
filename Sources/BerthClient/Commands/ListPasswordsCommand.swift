/// Lists the passwords that are valid for a user; never the passwords themselves.
public struct ListPasswordsCommand: PagedCommand, Equatable {
    /// The operation's name.
    public static let operation = "ListPasswords"
    /// What it lists.
    public typealias Item = PasswordEntry
    /// A page of passwords.
    public typealias Output = Page<PasswordEntry>

    /// Whose passwords.
    public var username: String
    /// Passwords on the page, 1 to 50; the service's default is 25.
    public var pageSize: Int?
    /// Where the page begins; nil for the first.
    public var pageToken: String?

    /// A page of the passwords of the user of that name.
    public init(username: String, pageSize: Int? = nil, pageToken: String? = nil) {
        self.username = username
        self.pageSize = pageSize
        self.pageToken = pageToken
    }

    /// `GET /users/{username}/passwords`.
    public func request() throws(SftpClientError) -> CommandRequest {
        try CommandRequest(.get, .berth, ["users", username, "passwords"]).with(query: paging)
    }
}
