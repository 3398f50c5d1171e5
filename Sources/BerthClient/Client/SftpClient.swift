import FoundationEssentials
import Logging

/// A client of one Berth service.
///
/// It keeps connections open between requests. `destroy()` closes them; what was not destroyed is when nothing refers to it
/// any more.
public final class SftpClient: Sendable {
    /// What the client was made for. It selects nothing by itself, and is in logs and errors.
    public let region: String
    /// The base URL of the service.
    public var endpoint: String { service.description }

    let apiKey: Secret?
    let service: Endpoint
    let options: SftpClientOptions
    let transport: Transport

    /// Makes a client; nothing is sent yet.
    ///
    /// - Parameters:
    ///   - region: any text that is not empty.
    ///   - apiKey: what `berth api-key create` or `berthd api-key create` printed. Without one each `send` fails.
    ///   - endpoint: the base URL with the version, as `https://berth.example.com/2022-04-01`; without one BERTH_API in the
    ///     environment.
    ///   - options: time-outs, retries, encryption, a logger.
    /// - Throws: `.missingRegion`, `.missingEndpoint`, `.invalidEndpoint`, `.invalidAPIKey`, `.invalidTrustRoots`.
    public convenience init(
        region: String?, apiKey: Secret? = nil, endpoint: String? = nil,
        options: SftpClientOptions = SftpClientOptions()
    ) throws(SftpClientError) {
        try self.init(
            region: region, apiKey: apiKey, endpoint: endpoint, options: options,
            environment: ProcessInfo.processInfo.environment)
    }

    init(
        region: String?, apiKey: Secret?, endpoint: String?, options: SftpClientOptions, environment: [String: String]
    ) throws(SftpClientError) {
        guard let region, !region.isEmpty else { throw .missingRegion }
        guard let endpoint = [endpoint, environment["BERTH_API"]].compactMap({ $0 }).first(where: { !$0.isEmpty })
        else { throw .missingEndpoint }
        guard Self.isPlain(apiKey) else { throw .invalidAPIKey }
        self.region = region
        self.apiKey = apiKey.flatMap { $0.revealed().isEmpty ? nil : $0 }
        service = try Endpoint(endpoint)
        self.options = options
        transport = try Transport(options)
    }

    deinit { transport.shutDown() }

    /// Ends the client: requests under way fail with `.destroyed`, as does each `send` from now on. A second call does
    /// nothing.
    public func destroy() {
        transport.shutDown()
    }

    /// Carries a command out.
    ///
    /// - Throws: `.missingAPIKey` or `.destroyed` before anything goes on the wire; otherwise what the service or the network
    ///   says.
    public func send<C: Command>(_ command: C) async throws(SftpClientError) -> C.Output {
        guard !transport.isShutDown else { throw .destroyed }
        guard let apiKey else { throw .missingAPIKey }
        let request = try command.request()
        let exchange = Exchange(
            operation: C.operation, request: request, region: region, service: service, apiKey: apiKey,
            options: options, transport: transport)
        return try C.Output(try await exchange.run())
    }

    /// What a header can carry, and what keys are made of.
    private static func isPlain(_ key: Secret?) -> Bool {
        guard let key else { return true }
        return key.revealed().utf8.allSatisfy { (0x21...0x7e).contains($0) }
    }
}

extension SftpClient {
    /// Every user, in the order of creation. Those that are made or deleted meanwhile may or may not be among them.
    ///
    /// - Parameter pageSize: users that are asked for at a time, 1 to 50; the service's default is 25.
    public func users(pageSize: Int? = nil) -> PagedItems<ListUsersCommand> {
        all(ListUsersCommand(pageSize: pageSize))
    }

    /// Everything that an operation lists, from the page that the command names on.
    public func all<Listing: PagedCommand>(_ command: Listing) -> PagedItems<Listing> {
        PagedItems(client: self, first: command)
    }
}
