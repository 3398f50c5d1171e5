import BerthClient

/// Where the service is and with which key, out of the options, the environment and the login file, in this order.
struct Connection {
    let endpoint: Endpoint
    let apiKey: Secret?
    let trustRoots: String?

    /// - Parameter stored: reads the login file; asked for only where it is needed.
    init(
        _ options: ConnectionOptions, _ environment: [String: String],
        stored: () throws(CommandFailure) -> LoginFile?
    ) throws {
        let named = options.endpoint ?? EnvironmentVariable.endpoint.value(in: environment)
        let key = EnvironmentVariable.apiKey.value(in: environment).map { Secret($0) }
        let namedRoots = options.trustRoots ?? EnvironmentVariable.trustRoots.value(in: environment)
        if let named, let key {
            endpoint = try Endpoint(named)
            apiKey = key
            trustRoots = namedRoots
            return
        }
        let login = try stored()
        guard let address = named ?? login?.endpoint else { throw SftpClientError.missingEndpoint }
        let service = try Endpoint(address)
        endpoint = service
        // A key is shown to nobody but the service that it was stored for.
        let isOfThatService = try login.map { try Endpoint($0.endpoint) == service } ?? false
        if let login, !isOfThatService, key == nil {
            throw CommandFailure(
                .notAllowed,
                "the stored key belongs to \(login.endpoint): set BERTH_API_KEY, or run 'berth login' for \(service)")
        }
        apiKey = key ?? login?.key
        trustRoots = namedRoots ?? (isOfThatService ? login?.trustRoots : nil)
    }
}

extension Connection {
    /// One whose parts are known.
    init(endpoint: Endpoint, apiKey: Secret, trustRoots: String?) {
        self.endpoint = endpoint
        self.apiKey = apiKey
        self.trustRoots = trustRoots
    }
}
