import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import Provisioning
import Registry

/// Where and within which bounds the management API serves.
public struct ManagementAPIOptions: Sendable {
    /// The numeric address to listen on.
    public var host: String
    /// The port to listen on; 0 lets the system choose.
    public var port: Int
    /// How long a connection may be without a request, or with an unfinished head of one.
    public var idleTimeout: Duration
    /// How long a request may take from its head to the end of its body.
    public var requestTimeout: Duration
    /// Connections at once; more wait.
    public var maxConnections: Int

    /// Options; by default 60 seconds idle, 30 seconds for a request, 1,024 connections.
    public init(
        host: String, port: Int, idleTimeout: Duration = .seconds(60), requestTimeout: Duration = .seconds(30),
        maxConnections: Int = 1_024
    ) {
        self.host = host
        self.port = port
        self.idleTimeout = idleTimeout
        self.requestTimeout = requestTimeout
        self.maxConnections = maxConnections
    }
}

/// The management API as a service.
///
/// - Parameters:
///   - sessions: the sessions that are open.
///   - blocks: the addresses that are blocked for failed logins.
///   - status: what the service is and how it is doing; may wait for the disk.
///   - endpoint: where partners connect to, asked for each response.
///   - readinessProblems: why the service can't serve at the moment, beside the registry; empty when it can.
///   - observability: where the API says what it does, and what it shows of what is measured.
///   - version: Berth's version, for the OpenAPI document.
///   - logger: where changes and failures are logged, with the request's id.
///   - onListening: called before the first request is taken, with the address, as `127.0.0.1:8022` or `[::1]:8022`.
public func managementAPI(
    options: ManagementAPIOptions, registry: Registry, provisioner: Provisioner, sessions: SessionAdministration,
    blocks: BlockAdministration, status: @escaping @Sendable () -> ServiceStatus,
    endpoint: @escaping @Sendable () -> SFTPEndpoint, readinessProblems: @escaping @Sendable () -> [String],
    observability: Observability = Observability(), version: String, logger: Logger,
    onListening: @escaping @Sendable (String) async -> Void = { _ in }
) -> some ApplicationProtocol {
    let queue = BlockingQueue(width: 4)
    let metrics = RequestMetrics(factory: observability.metrics)
    let routes = managementRoutes(
        registry: registry, provisioner: provisioner, sessions: sessions, blocks: blocks, status: status,
        endpoint: endpoint, readinessProblems: readinessProblems, observability: observability, version: version,
        queue: queue)
    let responder = APIResponder(
        routes: routes, authentication: Authentication(registry: registry, queue: queue), audit: observability.audit,
        metrics: metrics, logger: logger)
    // The framework's own events are not an operator's: connections that break, a shutdown that it was told to make.
    var serverLogger = logger
    serverLogger.logLevel = .critical
    let requestTimeout = TimeAmount(options.requestTimeout)
    return Application(
        responder: responder,
        server: .http1(
            configuration: .init(
                additionalChannelHandlers: [
                    ConnectionGuard(requestTimeout: requestTimeout, metrics: metrics)
                ],
                idleTimeout: TimeAmount(options.idleTimeout),
                httpDecoderConfiguration: .init(
                    maxHeaderFieldSize: 16 * 1_024, maxHeaderListSize: 32 * 1_024, maxHeaderFieldCount: 100))),
        configuration: ApplicationConfiguration(
            address: .hostname(options.host, port: options.port),
            availableConnectionsDelegate: MaximumAvailableConnections(options.maxConnections, logger: serverLogger)),
        onServerRunning: { channel in
            if let address = channel.localAddress { await onListening(text(address)) }
        },
        logger: serverLogger)
}

/// All operations, the one that shows the document of them included.
func managementRoutes(
    registry: Registry, provisioner: Provisioner, sessions: SessionAdministration, blocks: BlockAdministration,
    status: @escaping @Sendable () -> ServiceStatus, endpoint: @escaping @Sendable () -> SFTPEndpoint,
    readinessProblems: @escaping @Sendable () -> [String], observability: Observability, version: String,
    queue: BlockingQueue
) -> [Route] {
    let keys = APIKeyAdministration(registry: registry, provisioner: provisioner, queue: queue)
    let routes = [
        UserOperations(provisioner: provisioner, endpoint: endpoint).routes,
        PasswordOperations(provisioner: provisioner).routes, AlgorithmOperations(provisioner: provisioner).routes,
        APIKeyOperations(keys: keys).routes, SessionOperations(sessions: sessions).routes,
        BlockOperations(blocks: blocks).routes,
        StatusOperations(registry: registry, queue: queue, status: status).routes,
        MetricsOperations(queue: queue, observability: observability).routes,
        HealthOperations(registry: registry, queue: queue, readinessProblems: readinessProblems).routes,
    ].flatMap(\.self)
    return routes + [DocumentOperations.route(documenting: routes, version: version)]
}

private func text(_ address: SocketAddress) -> String {
    let host = address.ipAddress ?? ""
    return (host.contains(":") ? "[\(host)]" : host) + ":" + String(address.port ?? 0)
}
