/// Lists the API keys that were not revoked; never the keys themselves.
public struct ListApiKeysCommand: PagedCommand, Equatable {
    /// The operation's name.
    public static let operation = "ListApiKeys"
    /// What it lists.
    public typealias Item = APIKeyEntry
    /// A page of keys.
    public typealias Output = Page<APIKeyEntry>

    /// Items on the page, 1 to 50; the service's default is 25.
    public var pageSize: Int?
    /// Where the page begins; nil for the first.
    public var pageToken: String?

    /// A page of keys.
    public init(pageSize: Int? = nil, pageToken: String? = nil) {
        self.pageSize = pageSize
        self.pageToken = pageToken
    }

    /// `GET /api-keys`.
    public func request() throws(SftpClientError) -> CommandRequest {
        try CommandRequest(.get, .berth, ["api-keys"]).with(query: paging)
    }
}
