import ArgumentParser
import BerthClient

/// `berth block`: addresses that failed to log in too often.
struct BlockCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "block", abstract: "List and clear the blocks of addresses that failed to log in too often.",
        subcommands: [List.self, Clear.self])

    /// `berth block list`.
    struct List: ServiceCommand {
        static let configuration = CommandConfiguration(abstract: "List the addresses that may not connect.")

        @OptionGroup var output: OutputOptions
        @OptionGroup(title: "Connection")
        var connection: ConnectionOptions

        func run(with client: SftpClient) async throws {
            try await output.write(
                client.all(ListBlocksCommand(pageSize: 50)),
                [
                    Column("ADDRESS") { $0.address }, Column("UNTIL") { Timestamp.text($0.until) },
                    Column("FAILURES") { String($0.failures) }, Column("REASON") { $0.reason },
                ])
        }
    }

    /// `berth block clear`.
    struct Clear: ServiceCommand {
        static let configuration = CommandConfiguration(
            abstract: "Let an address connect again, and forget what led to its block.")

        @Argument(help: "The address as 'list' shows it, or any address of that network.")
        var address: String

        @OptionGroup(title: "Connection")
        var connection: ConnectionOptions

        func run(with client: SftpClient) async throws {
            _ = try await client.send(DeleteBlockCommand(address: address))
            StandardError.write("The address \(TerminalText.escaped(address)) may connect again.")
        }
    }
}
