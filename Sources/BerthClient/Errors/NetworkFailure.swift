/// Why a request got no answer.
public struct NetworkFailure: Sendable, Equatable, CustomStringConvertible {
    /// The operation that was asked for.
    public let operation: String
    /// The base URL that was asked.
    public let endpoint: String
    /// The region of the client that asked.
    public let region: String
    /// What happened, in a few words.
    public let reason: String
    /// Whether the service may have changed what it was asked to: some attempt was sent whole, and its answer is not known.
    public let mayHaveBeenCarriedOut: Bool
    /// The id under which the service's log has the request, if it got there.
    public let requestID: String
    /// How often the request was tried.
    public let attempts: Int

    /// One line with all of it.
    public var description: String {
        "\(operation) at \(endpoint): \(reason) (request \(requestID), attempts \(attempts), region \(region)"
            + (mayHaveBeenCarriedOut ? "; it may have been carried out)" : "; it was not carried out)")
    }
}
