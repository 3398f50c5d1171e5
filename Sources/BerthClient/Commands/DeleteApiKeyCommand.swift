/// Ends an API key at once. The last one with the right `admin` can't be ended: `.resourceConflict`.
public struct DeleteApiKeyCommand: Command, Equatable {
    /// The operation's name.
    public static let operation = "DeleteApiKey"
    /// Nothing but metadata.
    public typealias Output = NoContent

    /// Which, as ListApiKeys names it.
    public var id: String

    /// Ends that key.
    public init(id: String) {
        self.id = id
    }

    /// `DELETE /api-keys/{id}`.
    public func request() throws(SftpClientError) -> CommandRequest {
        try CommandRequest(.delete, .berth, ["api-keys", id])
    }
}
