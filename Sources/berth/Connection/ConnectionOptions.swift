import ArgumentParser
import BerthClient
import FoundationEssentials

/// Where the service is, and how to talk to it.
struct ConnectionOptions: ParsableArguments {
    @Option(
        name: .customLong("endpoint"),
        help: ArgumentHelp(
            "The base URL of the API with the version (default: BERTH_API, then 'berth login').", valueName: "url"))
    var endpoint: String?

    @Option(
        name: .customLong("trust-roots"),
        help: ArgumentHelp(
            "A PEM file with the certificates to trust, instead of the system's (default: BERTH_TRUST_ROOTS).",
            valueName: "file"),
        completion: .file(extensions: ["pem", "crt"]))
    var trustRoots: String?

    @Option(
        name: .customLong("timeout"),
        help: ArgumentHelp("Seconds that a request may take, with what is tried again.", valueName: "seconds"))
    var timeout = 60

    func validate() throws {
        guard (1...86_400).contains(timeout) else { throw ValidationError("--timeout takes 1 to 86400 seconds") }
    }

    /// A client for what these options, the environment and the login file say.
    func client() throws -> SftpClient {
        let environment = ProcessInfo.processInfo.environment
        let connection = try Connection(self, environment) { () throws(CommandFailure) -> LoginFile? in
            try LoginFile.load(environment)
        }
        return try client(connection)
    }

    func client(_ connection: Connection) throws(SftpClientError) -> SftpClient {
        var options = SftpClientOptions()
        options.totalTimeout = .seconds(timeout)
        options.attemptTimeout = min(options.attemptTimeout, options.totalTimeout)
        options.connectTimeout = min(options.connectTimeout, options.totalTimeout)
        options.tls.trustRootsFile = connection.trustRoots
        return try SftpClient(
            region: "berth", apiKey: connection.apiKey, endpoint: connection.endpoint.description, options: options)
    }
}
