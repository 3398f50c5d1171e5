import Audit
import HTTPTypes
import Hummingbird
import Logging
import Provisioning
import Registry

/// Which users may log in with weak algorithms: Berth's own operations, beside the documented API.
struct AlgorithmOperations: Sendable {
    let provisioner: Provisioner

    /// The operations with their places.
    var routes: [Route] {
        let path: [Route.Segment] = [
            .literal("berth"), .literal("v1"), .literal("users"), .parameter(.username), .literal("algorithms"),
        ]
        return [
            Route(methods: [.get], path: path, right: .readUsers, description: .getAlgorithms, handler: read),
            Route(methods: [.put], path: path, right: .writeUsers, description: .setAlgorithms, handler: set),
        ]
    }

    private func read(_ call: Call) async throws -> Response {
        let username = try call.username()
        let user = try await provisioning { () throws(ProvisioningError) in try await provisioner.user(named: username)
        }
        return try APIResponse.json(AlgorithmsBody(user))
    }

    private func set(_ call: Call) async throws -> Response {
        let username = try call.username()
        let body = try await RequestBodyReader.object(of: call.request)
        let user = try await provisioning { () throws(ProvisioningError) in
            try await provisioner.setAlgorithms(
                username, SetAlgorithmsRequest(legacyAlgorithms: body.boolean("legacyAlgorithms")))
        }
        call.trace.note(.init("legacy_algorithms", .flag(user.legacyAlgorithms)))
        let details: Logger.Metadata = ["user": "\(user.username)"]
        if user.legacyAlgorithms {
            call.logger.warning("user may log in with weak algorithms from now on", metadata: details)
        } else {
            call.logger.info("user may not log in with weak algorithms", metadata: details)
        }
        return try APIResponse.json(AlgorithmsBody(user))
    }
}
