import BerthClient

/// What stopped a command: for the person at the terminal, and as a status for scripts.
struct CommandFailure: Error, Equatable {
    let status: ExitStatus
    let message: String

    init(_ status: ExitStatus, _ message: String) {
        self.status = status
        self.message = message
    }

    /// The one translation of what the client throws.
    init(_ error: SftpClientError) {
        status = ExitStatus(error)
        let warning =
            error.mayHaveBeenCarriedOut
            ? "\nThe service may have carried it out all the same: look before you try again." : ""
        message = Self.text(of: error) + warning
    }

    private static func text(of error: SftpClientError) -> String {
        switch error {
        case .validation(let fields, let failure):
            let list = fields.map {
                "\n  \($0.path.isEmpty ? "the request" : line($0.path)): \(line($0.message))"
            }.joined()
            return "\(line(failure.message))\(list)\(reference(failure))"
        case .cancelled(let failure), .unreachable(let failure), .connectionLost(let failure), .timedOut(let failure):
            return "\(failure.endpoint): \(line(failure.reason)) (request \(failure.requestID))"
        case .missingAPIKey:
            return "there is no API key: run 'berth login', or set BERTH_API_KEY"
        case .missingEndpoint:
            return "it is not said where the service is: run 'berth login', or set BERTH_API"
        case .unauthorized(let failure):
            return "the service does not know the API key\(reference(failure))"
        default:
            return line(error.message) + (error.failure.map(reference) ?? "")
        }
    }

    /// The service's words don't begin lines of their own.
    private static func line(_ text: String) -> String { text.replacing("\n", with: " ") }

    private static func reference(_ failure: ServiceFailure) -> String { " (request \(failure.metadata.requestID))" }
}

extension ExitStatus {
    /// The status that an error of the client ends the program with.
    init(_ error: SftpClientError) {
        guard !error.mayHaveBeenCarriedOut else {
            self = .uncertain
            return
        }
        switch error {
        case .validation, .invalidCommand, .requestEntityTooLarge, .unsupportedMediaType: self = .invalidInput
        case .resourceNotFound: self = .notFound
        case .unreachable, .connectionLost: self = .unreachable
        case .timedOut, .throttling, .serviceUnavailable, .bucketProvisioningTimeout, .sftpProvisioningTimeout:
            self = .tryAgain
        case .unmapped, .unexpectedResponse, .unknownOperation, .methodNotAllowed: self = .defect
        case .unauthorized, .accessDenied, .missingAPIKey: self = .notAllowed
        case .missingRegion, .missingEndpoint, .invalidEndpoint, .invalidAPIKey, .invalidTrustRoots:
            self = .configuration
        case .resourceConflict, .preconditionFailed, .serviceQuotaExceeded, .unknown, .cancelled, .destroyed:
            self = .failure
        }
    }
}
