/// Everything that the client throws.
public enum SftpClientError: Error, Sendable, Equatable {
    // At construction.

    /// No region was given, or an empty one.
    case missingRegion
    /// No endpoint was given, and BERTH_API is not set.
    case missingEndpoint
    /// The endpoint can't be used; with the reason.
    case invalidEndpoint(String)
    /// The API key has characters that no key has, such as a line break; nothing of it is shown.
    case invalidAPIKey
    /// The file with the trusted certificates can't be used; with the reason.
    case invalidTrustRoots(String)

    // Before anything is sent.

    /// The client was made without an API key.
    case missingAPIKey
    /// `destroy()` was called. What was under way then may have been carried out.
    case destroyed
    /// The command can't be sent as it is; with the reason.
    case invalidCommand(String)

    // Without an answer.

    /// The task was cancelled.
    case cancelled(NetworkFailure)
    /// No connection could be made, so nothing was carried out.
    case unreachable(NetworkFailure)
    /// The connection broke before the answer was there.
    case connectionLost(NetworkFailure)
    /// The answer did not come in time.
    case timedOut(NetworkFailure)

    // With an answer that is none of the API.

    /// Something else than the service answered, or it answered something else.
    case unexpectedResponse(ServiceFailure)

    // By the service's names.

    /// `ValidationException`: members are missing, of the wrong type or out of bounds.
    case validation([FieldError], ServiceFailure)
    /// `UnauthorizedException`: the key is not known.
    case unauthorized(ServiceFailure)
    /// `AccessDeniedException`: the key lacks the right.
    case accessDenied(ServiceFailure)
    /// `ResourceNotFoundException`: there is nothing of that name.
    case resourceNotFound(ServiceFailure)
    /// `ResourceConflictException`: what exists is in the way.
    case resourceConflict(ServiceFailure)
    /// `PreconditionFailed`: it is no longer what `ifMatch` says.
    case preconditionFailed(ServiceFailure)
    /// `UnknownOperationException`: nothing is at this path.
    case unknownOperation(ServiceFailure)
    /// `MethodNotAllowedException`.
    case methodNotAllowed(ServiceFailure)
    /// `RequestEntityTooLargeException`.
    case requestEntityTooLarge(ServiceFailure)
    /// `UnsupportedMediaTypeException`.
    case unsupportedMediaType(ServiceFailure)
    /// `ServiceQuotaExceededException`: the configured limit is reached.
    case serviceQuotaExceeded(ServiceFailure)
    /// `ThrottlingException`: too many requests, also after the retries.
    case throttling(ServiceFailure)
    /// `BucketProvisioningTimeout`: the bucket could not be made in time.
    case bucketProvisioningTimeout(ServiceFailure)
    /// `SftpProvisioningTimeout`: the home could not be made in time.
    case sftpProvisioningTimeout(ServiceFailure)
    /// `UnmappedException`: unforeseen; the service's log has the cause under the request id.
    case unmapped(ServiceFailure)
    /// `ServiceUnavailableException`: starting, stopping, or the registry can't be written.
    case serviceUnavailable(ServiceFailure)
    /// An error of a name that this library doesn't know.
    case unknown(name: String, ServiceFailure)
}
