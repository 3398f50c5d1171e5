/// Lists the addresses that may not connect because they failed to log in too often.
public struct ListBlocksCommand: PagedCommand, Equatable {
    /// The operation's name.
    public static let operation = "ListBlocks"
    /// What it lists.
    public typealias Item = BlockEntry
    /// A page of blocks.
    public typealias Output = Page<BlockEntry>

    /// Items on the page, 1 to 50; the service's default is 25.
    public var pageSize: Int?
    /// Where the page begins; nil for the first.
    public var pageToken: String?

    /// A page of blocks.
    public init(pageSize: Int? = nil, pageToken: String? = nil) {
        self.pageSize = pageSize
        self.pageToken = pageToken
    }

    /// `GET /blocks`.
    public func request() throws(SftpClientError) -> CommandRequest {
        try CommandRequest(.get, .berth, ["blocks"]).with(query: paging)
    }
}
