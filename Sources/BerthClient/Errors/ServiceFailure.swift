/// What the service, or whoever answered in its place, said when it refused a request.
public struct ServiceFailure: Sendable, Equatable, CustomStringConvertible {
    /// The operation that was asked for.
    public let operation: String
    /// The region of the client that asked.
    public let region: String
    /// What was wrong, in a sentence. It comes from the service: escape it before a terminal shows it.
    public let message: String
    /// Whether the service may have changed what it was asked to all the same: some attempt got no answer, or one that does not
    /// say how it ended (such as the 502 of a proxy), or a success that can't be read.
    public let mayHaveBeenCarriedOut: Bool
    /// Status, request id, attempts.
    public let metadata: ResponseMetadata

    /// One line with all of it.
    public var description: String {
        "\(operation): \(message) (status \(metadata.httpStatusCode), request \(metadata.requestID), "
            + "attempts \(metadata.attempts), region \(region)"
            + (mayHaveBeenCarriedOut ? "; it may have been carried out)" : ")")
    }
}
