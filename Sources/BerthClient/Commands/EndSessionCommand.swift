/// Ends a partner's connection; within a second it is gone.
public struct EndSessionCommand: Command, Equatable {
    /// The operation's name.
    public static let operation = "EndSession"
    /// Nothing but metadata.
    public typealias Output = NoContent

    /// Which, as ListSessions names it.
    public var id: String

    /// Ends that session.
    public init(id: String) {
        self.id = id
    }

    /// `DELETE /sessions/{id}`.
    public func request() throws(SftpClientError) -> CommandRequest {
        try CommandRequest(.delete, .berth, ["sessions", id])
    }
}
