/// Lists users, page by page, in the order of creation. `SftpClient.users` walks all pages.
public struct ListUsersCommand: PagedCommand, Equatable {
    /// The operation's name.
    public static let operation = "ListUsers"
    /// What it lists.
    public typealias Item = User
    /// A page of users.
    public typealias Output = Page<User>

    /// Users on the page, 1 to 50; the service's default is 25.
    public var pageSize: Int?
    /// Where the page begins; nil for the first.
    public var pageToken: String?

    /// A page of users.
    public init(pageSize: Int? = nil, pageToken: String? = nil) {
        self.pageSize = pageSize
        self.pageToken = pageToken
    }

    /// `GET /users`.
    public func request() throws(SftpClientError) -> CommandRequest {
        try CommandRequest(.get, .sftp, ["users"]).with(query: paging)
    }
}
