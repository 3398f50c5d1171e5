/// Lets an address connect again that was blocked for failed logins.
public struct DeleteBlockCommand: Command, Equatable {
    /// The operation's name.
    public static let operation = "DeleteBlock"
    /// Nothing but metadata.
    public typealias Output = NoContent

    /// The address as ListBlocks has it, or any address of that network.
    public var address: String

    /// Ends the block of that address.
    public init(address: String) {
        self.address = address
    }

    /// `DELETE /blocks/{address}`.
    public func request() throws(SftpClientError) -> CommandRequest {
        try CommandRequest(.delete, .berth, ["blocks", address])
    }
}
