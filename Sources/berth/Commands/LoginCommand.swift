import ArgumentParser
import BerthClient
import FoundationEssentials

/// `berth login`: stores the endpoint and the key.
struct LoginCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "login", abstract: "Store where the service is, and a key for it.",
        discussion: """
            The key is asked for on the terminal without being shown, or read as the first line of standard input. It is \
            tried before it is stored. The file is its owner's alone; removing it logs out.
            """)

    @OptionGroup(title: "Connection")
    var connection: ConnectionOptions

    func run() async throws {
        let environment = ProcessInfo.processInfo.environment
        guard let address = connection.endpoint ?? EnvironmentVariable.endpoint.value(in: environment) else {
            throw CommandFailure(.usage, "name the service: --endpoint https://berth.example.com/2022-04-01")
        }
        let endpoint = try Endpoint(address)
        if endpoint.exposesKey {
            StandardError.write("berth: warning: without https the key crosses the network in clear")
        }
        let roots = connection.trustRoots ?? EnvironmentVariable.trustRoots.value(in: environment)
        let key = try SecretPrompt.read("API key for \(endpoint): ")
        guard !key.revealed().isEmpty else { throw CommandFailure(.usage, "no key was given") }

        let client = try connection.client(Connection(endpoint: endpoint, apiKey: key, trustRoots: roots))
        defer { client.destroy() }
        do {
            _ = try await client.send(ListUsersCommand(pageSize: 1))
        } catch {
            // A key that may not list users is known, too.
            guard case .accessDenied = error else { throw error }
        }
        let login = LoginFile(endpoint: endpoint.description, key: key, trustRoots: roots.map(Self.absolute))
        let path = try login.save(environment)
        StandardError.write("Logged in to \(endpoint). The key is in \(TerminalText.escaped(path)).")
    }

    /// The login is used from other directories, too.
    private static func absolute(_ path: String) -> String {
        path.hasPrefix("/") ? path : FileManager.default.currentDirectoryPath + "/" + path
    }
}
