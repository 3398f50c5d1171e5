import FoundationEssentials
import Logging

/// One `send`: attempts with pauses between them, until there is an answer or an error to give.
struct Exchange: Sendable {
    let operation: String
    let request: CommandRequest
    let region: String
    let service: Endpoint
    let apiKey: Secret
    let options: SftpClientOptions
    let transport: Transport
    /// A year: what is longer can't be counted by every clock.
    private static let longest = Duration.seconds(31_536_000)
    private static let cancelled = "the request was cancelled"
    /// The client's own id for the request, the same in each attempt: so it is known where no answer came, too.
    private let requestID = UUID().uuidString.lowercased()

    init(
        operation: String, request: CommandRequest, region: String, service: Endpoint, apiKey: Secret,
        options: SftpClientOptions, transport: Transport
    ) {
        self.operation = operation
        self.request = request
        self.region = region
        self.service = service
        self.apiKey = apiKey
        self.options = options
        self.transport = transport
    }

    func run() async throws(SftpClientError) -> CommandResponse {
        let clock = ContinuousClock()
        let deadline = clock.now.advanced(by: min(options.totalTimeout, Self.longest))
        var machine = RetryMachine(policy: options.retries, isIdempotent: request.isIdempotent)
        var chance = SystemRandomNumberGenerator()
        while true {
            let limit = min(options.attemptTimeout, Self.longest, max(.zero, clock.now.duration(to: deadline)))
            let wasLost = machine.mayHaveBeenCarriedOut
            let outcome = await transport.attempt(wireRequest, within: limit)
            let action = machine.receive(
                outcome, remaining: clock.now.duration(to: deadline), using: &chance)
            log(outcome, action, attempt: machine.attempts)
            switch action {
            case .end: return try result(of: outcome, machine, wasLost: wasLost)
            case .retry(let delay):
                do {
                    try await Task.sleep(for: delay)
                } catch {
                    throw .cancelled(failure(Self.cancelled, machine))
                }
            }
        }
    }

    private var wireRequest: WireRequest {
        var headers: [(name: String, value: String)] = [
            ("authorization", "Key \(apiKey.revealed())"), ("accept", "application/json"),
            ("user-agent", "berth-client/\(ClientVersion.current)"), ("x-request-id", requestID),
        ]
        if request.body != nil { headers.append(("content-type", "application/json")) }
        headers += request.headers.map { (name: $0.key, value: $0.value) }
        return WireRequest(
            method: request.method.rawValue, url: service.url(of: request), headers: headers, body: request.body)
    }

    private func result(
        of outcome: AttemptOutcome, _ machine: RetryMachine, wasLost: Bool
    ) throws(SftpClientError) -> CommandResponse {
        switch outcome {
        case .answered(let response):
            let metadata = ResponseMetadata(
                httpStatusCode: response.status, requestID: response.headers["x-request-id"] ?? requestID,
                attempts: machine.attempts)
            // Deleted, then: by an attempt whose answer was lost, or before. It is gone either way.
            let isGone =
                wasLost && request.method == .delete
                && SftpClientError.name(in: response.headers["x-amzn-errortype"]) == "ResourceNotFoundException"
            guard response.isSuccess || isGone else {
                throw SftpClientError(
                    response, operation: operation, region: region,
                    mayHaveBeenCarriedOut: mayHaveBeenCarriedOut(machine), metadata: metadata)
            }
            return CommandResponse(
                operation: operation, region: region, wire: response, isOfChange: request.isOfChange, metadata: metadata
            )
        case .notSent(let reason, _): throw .unreachable(failure(reason, machine))
        case .lost(let reason): throw .connectionLost(failure(reason, machine))
        case .timedOut: throw .timedOut(failure("no answer came in time", machine))
        case .cancelled: throw .cancelled(failure(Self.cancelled, machine))
        case .destroyed: throw .destroyed
        }
    }

    private func failure(_ reason: String, _ machine: RetryMachine) -> NetworkFailure {
        NetworkFailure(
            operation: operation, endpoint: service.description, region: region, reason: reason,
            mayHaveBeenCarriedOut: mayHaveBeenCarriedOut(machine), requestID: requestID, attempts: machine.attempts)
    }

    private func mayHaveBeenCarriedOut(_ machine: RetryMachine) -> Bool {
        machine.mayHaveBeenCarriedOut && request.isOfChange
    }

    private func log(_ outcome: AttemptOutcome, _ action: RetryMachine.Action, attempt: Int) {
        guard let logger = options.logger else { return }
        var details: Logger.Metadata = [
            "operation": "\(operation)", "region": "\(region)", "request_id": "\(requestID)", "attempt": "\(attempt)",
        ]
        switch outcome {
        case .answered(let response): details["status"] = "\(response.status)"
        case .notSent(let reason, _), .lost(let reason): details["reason"] = "\(reason)"
        case .timedOut: details["reason"] = "no answer came in time"
        case .cancelled: details["reason"] = "cancelled"
        case .destroyed: details["reason"] = "destroyed"
        }
        if case .retry(let delay) = action {
            details["delay"] = "\(delay)"
            logger.info("request is tried again", metadata: details)
        } else {
            logger.debug("request ended", metadata: details)
        }
    }
}
