/// One operation of the service with its input. `SftpClient.send` carries it out; the type of what comes out depends on it.
public protocol Command: Sendable {
    /// What the operation gives.
    associatedtype Output: CommandOutput

    /// The operation's name, as it is in logs and errors.
    static var operation: String { get }

    /// The request that it is on the wire.
    ///
    /// - Throws: `.invalidCommand` for what no request can be made of, such as an empty user name.
    func request() throws(SftpClientError) -> CommandRequest
}

/// What an operation gives.
public protocol CommandOutput: Sendable {
    /// Status, request id, attempts.
    var metadata: ResponseMetadata { get }

    /// Reads it from an answer.
    ///
    /// - Throws: `.unexpectedResponse` for an answer that is none of the operation's.
    init(_ response: CommandResponse) throws(SftpClientError)
}

/// The output of operations that give nothing.
public struct NoContent: CommandOutput, Equatable {
    /// Status, request id, attempts.
    public let metadata: ResponseMetadata

    /// Reads nothing but the metadata.
    public init(_ response: CommandResponse) {
        metadata = response.metadata
    }
}
