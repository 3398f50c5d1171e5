/// Lists the connections of partners that are open.
public struct ListSessionsCommand: PagedCommand, Equatable {
    /// The operation's name.
    public static let operation = "ListSessions"
    /// What it lists.
    public typealias Item = SessionEntry
    /// A page of sessions.
    public typealias Output = Page<SessionEntry>

    /// Whose sessions; nil for everybody's, those that have not logged in among them.
    public var username: String?
    /// Sessions on the page, 1 to 50; the service's default is 25.
    public var pageSize: Int?
    /// Where the page begins; nil for the first.
    public var pageToken: String?

    /// A page of sessions.
    public init(username: String? = nil, pageSize: Int? = nil, pageToken: String? = nil) {
        self.username = username
        self.pageSize = pageSize
        self.pageToken = pageToken
    }

    /// `GET /sessions`.
    public func request() throws(SftpClientError) -> CommandRequest {
        try CommandRequest(.get, .berth, ["sessions"]).with(query: [("username", username)] + paging)
    }
}
