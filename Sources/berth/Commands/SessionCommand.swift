import ArgumentParser
import BerthClient

/// `berth session`: partners' connections.
struct SessionCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "session", abstract: "List and end partners' connections.", subcommands: [List.self, End.self])

    /// `berth session list`.
    struct List: ServiceCommand {
        static let configuration = CommandConfiguration(abstract: "List the connections that are open.")

        @Option(name: .customLong("username"), help: ArgumentHelp("Those of this user alone.", valueName: "name"))
        var username: String?

        @OptionGroup var output: OutputOptions
        @OptionGroup(title: "Connection")
        var connection: ConnectionOptions

        func run(with client: SftpClient) async throws {
            try await output.write(
                client.all(ListSessionsCommand(username: username, pageSize: 50)),
                [
                    Column("ID") { $0.id }, Column("USERNAME") { $0.username }, Column("ADDRESS") { $0.address },
                    Column("SINCE") { Timestamp.text($0.since) }, Column("IN") { String($0.bytesIn) },
                    Column("OUT") { String($0.bytesOut) }, Column("CLIENT") { $0.client },
                ])
        }
    }

    /// `berth session end`.
    struct End: ServiceCommand {
        static let configuration = CommandConfiguration(
            abstract: "End a connection; a transfer that runs breaks off. The partner may connect again.")

        @Argument(help: "The session's id, as 'list' and the service's log have it.")
        var id: String

        @OptionGroup(title: "Connection")
        var connection: ConnectionOptions

        func run(with client: SftpClient) async throws {
            _ = try await client.send(EndSessionCommand(id: id))
            StandardError.write("The session \(TerminalText.escaped(id)) ends.")
        }
    }
}
