/// An operation that lists things, page by page.
public protocol PagedCommand: Command where Output == Page<Item> {
    /// What it lists.
    associatedtype Item: Sendable, Decodable

    /// Items on a page, 1 to 50; the service's default is 25.
    var pageSize: Int? { get set }
    /// Where the page begins: the `nextPageToken` of the one before; nil for the first.
    var pageToken: String? { get set }
}

extension PagedCommand {
    /// The items of the query that all lists have.
    var paging: [(name: String, value: String?)] {
        [("pageSize", pageSize.map { String($0) }), ("pageToken", pageToken)]
    }
}

/// One page of a list.
public struct Page<Item: Sendable & Decodable>: CommandOutput {
    private struct Body: Decodable {
        let items: [Item]
        let nextPageToken: String?
    }

    /// What is on the page.
    public let items: [Item]
    /// The `pageToken` of the next page; nil on the last.
    public let nextPageToken: String?
    /// Status, request id, attempts.
    public let metadata: ResponseMetadata

    /// Reads `{"items": [...], "nextPageToken"?}`.
    public init(_ response: CommandResponse) throws(SftpClientError) {
        let body: Body = try response.decoded()
        items = body.items
        nextPageToken = body.nextPageToken
        metadata = response.metadata
    }
}
