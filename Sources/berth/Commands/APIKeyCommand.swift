import ArgumentParser
import BerthClient
import FoundationEssentials

/// `berth api-key`: the keys of the API, by a key with the right `admin`.
struct APIKeyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "api-key", abstract: "Make, list and revoke API keys.",
        subcommands: [Create.self, List.self, Revoke.self])

    /// `berth api-key create`: prints the key.
    struct Create: ServiceCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make a key and print it once: the service keeps a digest of it.")

        @Option(
            name: .customLong("name"),
            help: ArgumentHelp("A name by which to tell the key from others.", valueName: "text"))
        var name: String

        @Option(
            name: .customLong("rights"),
            help: ArgumentHelp(
                "What the key may do, separated by commas: \(RightsArgument.all.joined(separator: ", ")).",
                valueName: "rights"))
        var rights: RightsArgument

        @Option(
            name: .customLong("expires"),
            help: ArgumentHelp(
                "When it ends: after a time (90d), at a day (2027-01-31) or a time (2027-01-31T12:00:00Z); never without.",
                valueName: "when"))
        var expires: Expiry?

        @OptionGroup var output: OutputOptions
        @OptionGroup(title: "Connection")
        var connection: ConnectionOptions

        func run(with client: SftpClient) async throws {
            let made = try await client.send(
                CreateApiKeyCommand(name: name, rights: rights.rights, expiresAt: expires?.date()))
            let view = APIKeyView(made)
            try output.write(view, view.fields)
        }
    }

    /// `berth api-key list`.
    struct List: ServiceCommand {
        static let configuration = CommandConfiguration(
            abstract: "List the keys that were not revoked; never the keys themselves.")

        @OptionGroup var output: OutputOptions
        @OptionGroup(title: "Connection")
        var connection: ConnectionOptions

        func run(with client: SftpClient) async throws {
            try await output.write(
                client.all(ListApiKeysCommand(pageSize: 50)),
                [
                    Column("ID") { $0.id }, Column("NAME") { $0.name },
                    Column("RIGHTS") { $0.rights.map(\.rawValue).joined(separator: ",") },
                    Column("CREATED") { Timestamp.text($0.createdAt) },
                    Column("EXPIRES") { $0.expiresAt.map(Timestamp.text) ?? "never" },
                    Column("LAST USED") { $0.lastUsedDate?.description ?? "never" },
                ])
        }
    }

    /// `berth api-key revoke`.
    struct Revoke: ServiceCommand {
        static let configuration = CommandConfiguration(abstract: "End a key at once.")

        @Argument(help: "The key's id, as 'list' shows it.")
        var id: String

        @OptionGroup var confirmation: Confirmation
        @OptionGroup(title: "Connection")
        var connection: ConnectionOptions

        func run(with client: SftpClient) async throws {
            try confirmation.ask("Revoke the key \(id)? What uses it stops working.")
            _ = try await client.send(DeleteApiKeyCommand(id: id))
            StandardError.write("The key \(TerminalText.escaped(id)) is revoked.")
        }
    }
}
