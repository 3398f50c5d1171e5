import Audit
import BucketStore
import Foundation
import Glibc
import LogTestSupport
import Metrics
import Registry
import SessionBroker
import SessionControl

/// A broker with a real registry and store in a directory of its own, that awaits a listener.
struct BrokerPlace {
    let directory: URL
    let registry: Registry
    let broker: SessionBroker
    let log: LogRecorder
    let configuration: DataPlaneConfiguration
    var socketPath: String { directory.path + "/c" }

    /// Runs `body` beside such a broker, which is stopped afterwards.
    static func run(
        protection: LoginProtection = LoginProtection(), userLimits: UserLimits = UserLimits(),
        messageRate: MessageRate = MessageRate(), audit: any AuditTrail = NoAuditTrail(),
        metrics: any MetricsFactory = NOOPMetricsHandler.instance, _ body: (BrokerPlace) async throws -> Void
    ) async throws {
        let directory = URL(filePath: "/tmp/berth-broker-\(UUID().uuidString.prefix(8))")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        try await run(
            in: directory, protection: protection, userLimits: userLimits, messageRate: messageRate, audit: audit,
            metrics: metrics, body)
    }

    /// Runs `body` beside a broker in a directory that others have used, or will.
    static func run(
        in directory: URL, protection: LoginProtection, userLimits: UserLimits = UserLimits(),
        messageRate: MessageRate = MessageRate(), audit: any AuditTrail = NoAuditTrail(),
        metrics: any MetricsFactory = NOOPMetricsHandler.instance, _ body: (BrokerPlace) async throws -> Void
    ) async throws {
        let registry = try Registry(path: directory.path + "/berth.sqlite")
        let configuration = DataPlaneConfiguration(
            listen: ["127.0.0.1:0"], bucketsDirectory: directory.path, hostKeysDirectory: directory.path)
        let log = LogRecorder()
        let broker = SessionBroker(
            options: SessionBroker.Options(
                dataPlane: .connecting(socketPath: directory.path + "/c"), configuration: configuration,
                protection: protection, userLimits: userLimits, messageRate: messageRate),
            registry: registry, store: try BucketStore(directory: directory.path, umask: 0o027),
            logger: log.logger, audit: audit, metrics: metrics)
        // That of a broker before this one.
        unlink(directory.path + "/c")
        let running = Task { try await broker.run() }
        // The socket is there before the thread looks at it.
        while access(directory.path + "/c", F_OK) != 0 { await Task.yield() }
        let outcome: Result<Void, any Error>
        do {
            try await body(
                BrokerPlace(
                    directory: directory, registry: registry, broker: broker, log: log, configuration: configuration))
            outcome = .success(())
        } catch { outcome = .failure(error) }
        broker.stopNow()
        try await running.value
        try outcome.get()
    }

    /// A user and its password.
    func makeUser() throws -> (name: String, password: String) {
        let (user, password) = try registry.createUser(
            homeDirectory: "/a", description: "x", passwordLength: 16, maxUsers: 0)
        return (user.username, password.revealed())
    }
}
