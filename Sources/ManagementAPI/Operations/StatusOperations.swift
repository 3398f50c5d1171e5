import Foundation
import HTTPTypes
import Hummingbird
import Provisioning
import Registry

/// What the service is and how it is doing, as an operator may see it.
public struct ServiceStatus: Sendable {
    /// Berth's version.
    public let version: String
    /// When the service started.
    public let since: Date
    /// The layers of the sessions' confinement that are on.
    public let sandboxLayers: [String]
    /// The setting `sandbox`.
    public let sandboxMode: String
    /// Sessions that are open.
    public let sessions: Int
    /// Bytes of the disk that the data directory is on; nil where it can't be asked.
    public let disk: (freeBytes: UInt64, totalBytes: UInt64)?
    /// libssh's version.
    public let libssh: String

    /// A status.
    public init(
        version: String, since: Date, sandboxLayers: [String], sandboxMode: String, sessions: Int,
        disk: (freeBytes: UInt64, totalBytes: UInt64)?, libssh: String
    ) {
        self.version = version
        self.since = since
        self.sandboxLayers = sandboxLayers
        self.sandboxMode = sandboxMode
        self.sessions = sessions
        self.disk = disk
        self.libssh = libssh
    }
}

/// The service as a whole: one of Berth's own operations, beside the documented API.
struct StatusOperations: Sendable {
    private struct Body: Encodable {
        struct Sandbox: Encodable {
            let layers: [String]
            let mode: String
        }

        struct Disk: Encodable {
            let freeBytes: UInt64
            let totalBytes: UInt64
        }

        let version: String
        let since: String
        let sandbox: Sandbox
        let sessions: Int
        let users: Int
        let disk: Disk?
        let libssh: String
    }

    let registry: Registry
    let queue: BlockingQueue
    let status: @Sendable () -> ServiceStatus

    /// The operation with its place.
    var routes: [Route] {
        [
            Route(
                methods: [.get], path: [.literal("berth"), .literal("v1"), .literal("status")], right: .admin,
                description: .getStatus, handler: read)
        ]
    }

    private func read(_ call: Call) async throws -> Response {
        let (users, now): (Int, ServiceStatus)
        do {
            // Both ask the disk.
            (users, now) = try await queue.run { [registry, status] in (try registry.userCount(), status()) }
        } catch {
            throw APIError(ProvisioningError(error))
        }
        return try APIResponse.json(
            Body(
                version: now.version, since: Timestamp.text(now.since),
                sandbox: Body.Sandbox(layers: now.sandboxLayers, mode: now.sandboxMode),
                sessions: now.sessions, users: users,
                disk: now.disk.map { Body.Disk(freeBytes: $0.freeBytes, totalBytes: $0.totalBytes) },
                libssh: now.libssh))
    }
}
