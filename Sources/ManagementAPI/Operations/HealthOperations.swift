import Hummingbird
import Logging
import Provisioning
import Registry

/// Whether the process runs, and whether it can serve: for supervisors and load balancers, without a key.
struct HealthOperations: Sendable {
    private struct StatusBody: Encodable {
        let status: String
    }

    let registry: Registry
    let queue: BlockingQueue
    let readinessProblems: @Sendable () -> [String]

    /// The operations with their places.
    var routes: [Route] {
        [
            // A supervisor that is refused may restart the service.
            Route(
                methods: [.get, .head], path: [.literal("healthz")], right: nil, description: .getHealth,
                isOfHealth: true, handler: health),
            Route(
                methods: [.get, .head], path: [.literal("readyz")], right: nil, description: .getReadiness,
                handler: readiness),
        ]
    }

    private func health(_ call: Call) async throws -> Response {
        try APIResponse.json(StatusBody(status: "ok"))
    }

    private func readiness(_ call: Call) async throws -> Response {
        var problems = readinessProblems()
        do {
            try await queue.run { [registry] in try registry.check() }
        } catch {
            // The reason may name files of the host; whoever asks has no key.
            call.logger.warning("not ready", metadata: ["reason": "\(RegistryError(error))"])
            problems.append("the registry does not answer")
        }
        guard problems.isEmpty else {
            let message = "The service is not ready: " + problems.joined(separator: "; ") + "."
            return APIResponse.error(APIError(.serviceUnavailable, message), reasons: problems)
        }
        return try APIResponse.json(StatusBody(status: "ready"))
    }
}
