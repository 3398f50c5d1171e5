import FoundationEssentials

extension SftpClientError {
    /// What the service said; nil when it said nothing.
    public var failure: ServiceFailure? {
        switch self {
        case .validation(_, let failure), .unauthorized(let failure), .accessDenied(let failure),
            .resourceNotFound(let failure), .resourceConflict(let failure), .preconditionFailed(let failure),
            .unknownOperation(let failure), .methodNotAllowed(let failure), .requestEntityTooLarge(let failure),
            .unsupportedMediaType(let failure), .serviceQuotaExceeded(let failure), .throttling(let failure),
            .bucketProvisioningTimeout(let failure), .sftpProvisioningTimeout(let failure), .unmapped(let failure),
            .serviceUnavailable(let failure), .unknown(_, let failure), .unexpectedResponse(let failure):
            failure
        case .missingRegion, .missingEndpoint, .invalidEndpoint, .invalidAPIKey, .invalidTrustRoots, .missingAPIKey,
            .destroyed, .invalidCommand, .cancelled, .unreachable, .connectionLost, .timedOut:
            nil
        }
    }

    /// Why there was no answer; nil when there was one, or nothing was sent.
    public var networkFailure: NetworkFailure? {
        switch self {
        case .cancelled(let failure), .unreachable(let failure), .connectionLost(let failure), .timedOut(let failure):
            failure
        default: nil
        }
    }

    /// Whether the service may have changed what it was asked to, though the client does not know it: look before you try again.
    public var mayHaveBeenCarriedOut: Bool {
        failure?.mayHaveBeenCarriedOut ?? networkFailure?.mayHaveBeenCarriedOut ?? false
    }

    /// What was wrong, in a sentence.
    public var message: String {
        switch self {
        case .missingRegion: "The client needs a region: any text that is not empty."
        case .missingEndpoint: "The client needs an endpoint: give it one, or set BERTH_API."
        case .invalidEndpoint(let reason): "The endpoint can't be used: \(reason)."
        case .invalidAPIKey:
            "The API key has characters that no key has; look for spaces and line breaks around it."
        case .invalidTrustRoots(let reason): "The trusted certificates can't be used: \(reason)."
        case .missingAPIKey: "The client has no API key."
        case .destroyed: "The client was destroyed."
        case .invalidCommand(let reason): "The command can't be sent: \(reason)."
        default: failure?.message ?? networkFailure?.reason ?? ""
        }
    }

    /// The id under which the service's log has the request; nil when nothing was sent.
    public var requestID: String? { failure?.metadata.requestID ?? networkFailure?.requestID }

    /// The service's name for the error; nil when it is none of the service's.
    public var name: String? {
        switch self {
        case .validation: "ValidationException"
        case .unauthorized: "UnauthorizedException"
        case .accessDenied: "AccessDeniedException"
        case .resourceNotFound: "ResourceNotFoundException"
        case .resourceConflict: "ResourceConflictException"
        case .preconditionFailed: "PreconditionFailed"
        case .unknownOperation: "UnknownOperationException"
        case .methodNotAllowed: "MethodNotAllowedException"
        case .requestEntityTooLarge: "RequestEntityTooLargeException"
        case .unsupportedMediaType: "UnsupportedMediaTypeException"
        case .serviceQuotaExceeded: "ServiceQuotaExceededException"
        case .throttling: "ThrottlingException"
        case .bucketProvisioningTimeout: "BucketProvisioningTimeout"
        case .sftpProvisioningTimeout: "SftpProvisioningTimeout"
        case .unmapped: "UnmappedException"
        case .serviceUnavailable: "ServiceUnavailableException"
        case .unknown(let name, _): name
        default: nil
        }
    }

    /// The error that the service gave this name.
    init(name: String, fields: [FieldError], failure: ServiceFailure) {
        switch name {
        case "ValidationException": self = .validation(fields, failure)
        case "UnauthorizedException": self = .unauthorized(failure)
        case "AccessDeniedException": self = .accessDenied(failure)
        case "ResourceNotFoundException": self = .resourceNotFound(failure)
        case "ResourceConflictException": self = .resourceConflict(failure)
        case "PreconditionFailed": self = .preconditionFailed(failure)
        case "UnknownOperationException": self = .unknownOperation(failure)
        case "MethodNotAllowedException": self = .methodNotAllowed(failure)
        case "RequestEntityTooLargeException": self = .requestEntityTooLarge(failure)
        case "UnsupportedMediaTypeException": self = .unsupportedMediaType(failure)
        case "ServiceQuotaExceededException": self = .serviceQuotaExceeded(failure)
        case "ThrottlingException": self = .throttling(failure)
        case "BucketProvisioningTimeout": self = .bucketProvisioningTimeout(failure)
        case "SftpProvisioningTimeout": self = .sftpProvisioningTimeout(failure)
        case "UnmappedException": self = .unmapped(failure)
        case "ServiceUnavailableException": self = .serviceUnavailable(failure)
        default: self = .unknown(name: name, failure)
        }
    }
}

extension SftpClientError: CustomStringConvertible {
    /// One line: the service's name for the error, its message, and what identifies the request.
    public var description: String {
        if let failure { return (name.map { $0 + " " } ?? "") + failure.description }
        return networkFailure?.description ?? message
    }
}

extension SftpClientError: LocalizedError {
    /// The same as `description`.
    public var errorDescription: String? { description }
}
