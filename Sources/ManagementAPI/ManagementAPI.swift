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
    /// Connections at once.
    public var maxConnections = 1_024
    /// Connections at once from one address, or IPv6 /64.
    public var maxConnectionsPerAddress = 256
    /// Requests a second from one address, or IPv6 /64, whatever their key; 0 for no limit.
    public var requestsPerSecondPerAddress = 0
    /// Requests a second with one key; 0 for no limit.
    public var requestsPerSecondPerKey = 0
    /// What connections are encrypted with; nil for plain HTTP.
    public var certificate: CurrentCertificate?

    /// Options; by default 60 seconds idle, 30 seconds for a request, 1,024 connections and 256 of one address, no limit of
    /// requests, plain HTTP.
    public init(
        host: String, port: Int, idleTimeout: Duration = .seconds(60), requestTimeout: Duration = .seconds(30)
    ) {
        self.host = host
        self.port = port
        self.idleTimeout = idleTimeout
        self.requestTimeout = requestTimeout
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
    let refusals = RefusalLog(logger: logger)
    let rates = RequestRates(
        perKey: options.requestsPerSecondPerKey, perAddress: options.requestsPerSecondPerAddress, refusals: refusals)
    let unauthorized = UnauthorizedLog(audit: observability.audit, logger: logger)
    let routes = managementRoutes(
        registry: registry, provisioner: provisioner, sessions: sessions, blocks: blocks, status: status,
        endpoint: endpoint, readinessProblems: readinessProblems, observability: observability, version: version,
        queue: queue)
    let connections = Connections(
        limit: options.maxConnections, limitPerAddress: options.maxConnectionsPerAddress,
        isTLS: options.certificate != nil, rates: rates, refusals: refusals, metrics: metrics)
    let responder = APIResponder(
        routes: routes,
        authentication: Authentication(
            registry: registry, queue: queue, rates: rates, connections: connections, unauthorized: unauthorized),
        rates: rates, connections: connections, audit: observability.audit, metrics: metrics, logger: logger)
    // The framework's own events are not an operator's: connections that break, a shutdown that it was told to make.
    var serverLogger = logger
    serverLogger.logLevel = .critical
    // Beyond what is served there are those that are told why they are not, and those that are just being closed.
    let descriptors = options.maxConnections + 2 * Connections.toldLimit
    return Application(
        responder: responder, server: server(options, connections, metrics, logger),
        configuration: ApplicationConfiguration(
            address: .hostname(options.host, port: options.port), backlog: 4_096,
            availableConnectionsDelegate: MaximumAvailableConnections(descriptors, logger: serverLogger)),
        services: [unauthorized],
        onServerRunning: { channel in
            // Otherwise four of a flood's connections are taken at a time, between the turns of all others, and who waits
            // behind them gives up.
            try? await channel.setOption(.maxMessagesPerRead, value: 64).get()
            if let address = channel.localAddress { await onListening(text(address)) }
        },
        logger: serverLogger)
}

private func server(
    _ options: ManagementAPIOptions, _ connections: Connections, _ metrics: RequestMetrics, _ logger: Logger
) -> HTTPServerBuilder {
    HTTPServerBuilder { responder in
        let http = HTTP1Channel(
            responder: responder,
            configuration: .init(
                idleTimeout: TimeAmount(options.idleTimeout),
                httpDecoderConfiguration: .init(
                    maxHeaderFieldSize: 16 * 1_024, maxHeaderListSize: 32 * 1_024, maxHeaderFieldCount: 100)))
        return APIChannel(
            http: http, certificate: options.certificate, connections: connections,
            requestTimeout: TimeAmount(options.requestTimeout), metrics: metrics, logger: logger)
    }
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
