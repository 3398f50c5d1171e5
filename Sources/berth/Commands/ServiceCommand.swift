import ArgumentParser
import BerthClient

/// A command that talks to the service.
protocol ServiceCommand: AsyncParsableCommand {
    var connection: ConnectionOptions { get }

    func run(with client: SftpClient) async throws
}

extension ServiceCommand {
    func run() async throws {
        let client = try connection.client()
        defer { client.destroy() }
        try await run(with: client)
    }
}
