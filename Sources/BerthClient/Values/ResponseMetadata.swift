/// What is known of an answer beside its content.
public struct ResponseMetadata: Sendable, Equatable {
    /// The status of HTTP.
    public let httpStatusCode: Int
    /// The id under which the service's log has the request.
    public let requestID: String
    /// How often the request was sent until this answer came.
    public let attempts: Int
}
