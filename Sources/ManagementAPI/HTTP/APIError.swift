import Hummingbird
import HTTPTypes
import Provisioning
import Registry

/// An error of the wire contract: a name with its status, and what goes with it.
struct APIError: Error {
    /// The names of errors, each with the status it always has.
    enum Name: String, CaseIterable {
        case validation = "ValidationException"
        case unauthorized = "UnauthorizedException"
        case accessDenied = "AccessDeniedException"
        case resourceNotFound = "ResourceNotFoundException"
        case unknownOperation = "UnknownOperationException"
        case methodNotAllowed = "MethodNotAllowedException"
        case requestTimeout = "RequestTimeoutException"
        case requestEntityTooLarge = "RequestEntityTooLargeException"
        case unsupportedMediaType = "UnsupportedMediaTypeException"
        case serviceQuotaExceeded = "ServiceQuotaExceededException"
        case resourceConflict = "ResourceConflictException"
        case preconditionFailed = "PreconditionFailed"
        case throttling = "ThrottlingException"
        case bucketProvisioningTimeout = "BucketProvisioningTimeout"
        case sftpProvisioningTimeout = "SftpProvisioningTimeout"
        case unmapped = "UnmappedException"
        case serviceUnavailable = "ServiceUnavailableException"

        var status: HTTPResponse.Status {
            switch self {
            case .validation: .badRequest
            case .unauthorized: .unauthorized
            case .accessDenied: .forbidden
            case .resourceNotFound, .unknownOperation: .notFound
            case .methodNotAllowed: .methodNotAllowed
            case .requestTimeout: .requestTimeout
            case .requestEntityTooLarge: .contentTooLarge
            case .unsupportedMediaType: .unsupportedMediaType
            case .serviceQuotaExceeded: .init(code: 402, reasonPhrase: "Payment Required")
            case .resourceConflict: .conflict
            case .preconditionFailed: .preconditionFailed
            case .throttling: .tooManyRequests
            case .bucketProvisioningTimeout, .sftpProvisioningTimeout: .gatewayTimeout
            case .unmapped: .internalServerError
            case .serviceUnavailable: .serviceUnavailable
            }
        }
    }

    let name: Name
    let message: String
    var fields: [FieldError]?
    var headers: HTTPFields = [:]
    /// Why, for the log alone.
    var cause: String?

    init(_ name: Name, _ message: String, headers: HTTPFields = [:], cause: String? = nil) {
        self.name = name
        self.message = message
        self.headers = headers
        self.cause = cause
    }

    /// Wrong members, with one sentence that sums them up.
    init(invalid fields: [FieldError]) {
        name = .validation
        self.fields = fields
        message = fields.map(\.sentence).joined(separator: "; ") + "."
    }

    /// Something that nobody foresaw: the cause stays in the log.
    static func unmapped(cause: String) -> APIError {
        APIError(.unmapped, "The request failed for a reason inside the service.", cause: cause)
    }

    /// The one translation of what provisioning throws.
    init(_ error: ProvisioningError) {
        switch error {
        case .invalid(let fields): self.init(invalid: fields)
        case .noSuchUser: self.init(.resourceNotFound, "There is no user of that name.")
        case .noSuchBlock: self.init(.resourceNotFound, "The address is not blocked.")
        case .noSuchPassword: self.init(.resourceNotFound, "The user has no valid password of that id.")
        case .noSuchAPIKey: self.init(.resourceNotFound, "There is no API key of that id.")
        case .noSuchSession: self.init(.resourceNotFound, "There is no session of that id.")
        case .lastPassword:
            self.init(.resourceConflict, "The only valid password of a user can't be deleted; reset it instead.")
        case .lastAdminKey:
            self.init(
                .resourceConflict,
                "The only valid key with the right admin can't be deleted over the API; make another first.")
        case .credentialKey:
            self.init(
                .resourceConflict,
                "The key is in the service's credential \(APIKey.credentialName): take it away or replace it there.")
        case .preconditionFailed:
            self.init(.preconditionFailed, "The user is not as If-Match says: read it again.")
        case .userLimitReached(let limit):
            self.init(.serviceQuotaExceeded, "The limit of \(limit) users is reached.")
        case .bucketTimeout: self.init(.bucketProvisioningTimeout, "The bucket could not be made in time; try again.")
        case .homeTimeout:
            self.init(.sftpProvisioningTimeout, "The home directory could not be made in time; try again.")
        case .unavailable(let reason):
            self.init(.serviceUnavailable, "The service can't do this at the moment; try again later.", cause: reason)
        case .unexpected(let reason): self = .unmapped(cause: reason)
        }
    }
}

/// Runs `work` and turns what it throws into the contract's errors.
func provisioning<Value>(_ work: () async throws(ProvisioningError) -> Value) async throws(APIError) -> Value {
    do {
        return try await work()
    } catch {
        throw APIError(error)
    }
}
