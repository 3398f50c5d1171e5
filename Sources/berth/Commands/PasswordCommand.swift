import ArgumentParser
import BerthClient
import FoundationEssentials

/// `berth user password`: new passwords, and the end of old ones.
struct PasswordCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "password", abstract: "Give users new passwords.",
        subcommands: [Reset.self, Rotate.self, List.self, Delete.self])

    /// What a new password is like.
    struct Options: ParsableArguments {
        @Option(
            name: .customLong("length"),
            help: ArgumentHelp("Characters of the password, 16 to 128 (default: 16).", valueName: "number"))
        var length: Int?

        @Flag(name: .customLong("end-sessions"), help: "End the user's open sessions.")
        var endSessions = false
    }

    /// `berth user password reset`: the old password ends at once.
    struct Reset: ServiceCommand {
        static let configuration = CommandConfiguration(
            abstract: "Give a user a new password; the old one ends at once.")

        @Argument(help: "The user's name.")
        var username: String

        @OptionGroup var options: Options
        @OptionGroup var output: OutputOptions
        @OptionGroup(title: "Connection")
        var connection: ConnectionOptions

        func run(with client: SftpClient) async throws {
            try await PasswordCommand.change(username, overlap: nil, options, output, client)
        }
    }

    /// `berth user password rotate`: both are valid for a time.
    struct Rotate: ServiceCommand {
        static let configuration = CommandConfiguration(
            abstract: "Give a user a new password; the old one stays valid for a time.",
            discussion:
                "A further rotation before that time is over replaces the new password; the old one ends as it was said."
        )

        @Argument(help: "The user's name.")
        var username: String

        @Option(
            name: .customLong("overlap"),
            help: ArgumentHelp("How long the old password stays valid, as 12h or 7d; at most 90d.", valueName: "time"))
        var overlap: TimeSpan

        @OptionGroup var options: Options
        @OptionGroup var output: OutputOptions
        @OptionGroup(title: "Connection")
        var connection: ConnectionOptions

        func validate() throws {
            guard overlap.seconds > 0 else { throw ValidationError("--overlap takes a time; 'reset' needs none") }
        }

        func run(with client: SftpClient) async throws {
            try await PasswordCommand.change(username, overlap: overlap, options, output, client)
        }
    }

    private static func change(
        _ username: String, overlap: TimeSpan?, _ options: Options, _ output: OutputOptions, _ client: SftpClient
    ) async throws {
        let changed = try await client.send(
            ResetPasswordCommand(
                username: username, passwordOptions: options.length.map(PasswordOptions.init(length:)),
                overlapSeconds: overlap?.seconds, endSessions: options.endSessions ? true : nil))
        let view = PasswordView(changed)
        try output.write(view, view.fields)
    }
}

extension PasswordCommand {
    /// `berth user password list`.
    struct List: ServiceCommand {
        static let configuration = CommandConfiguration(
            abstract: "List the passwords that are valid for a user; never the passwords themselves.")

        @Argument(help: "The user's name.")
        var username: String

        @OptionGroup var output: OutputOptions
        @OptionGroup(title: "Connection")
        var connection: ConnectionOptions

        func run(with client: SftpClient) async throws {
            try await output.write(
                client.all(ListPasswordsCommand(username: username, pageSize: 50)),
                [
                    Column("ID") { $0.id }, Column("CREATED") { Timestamp.text($0.createdAt) },
                    Column("EXPIRES") { $0.expiresAt.map(Timestamp.text) ?? "never" },
                    Column("LAST USED") { $0.lastUsedAt.map(Timestamp.text) ?? "never" },
                ])
        }
    }

    /// `berth user password delete`.
    struct Delete: ServiceCommand {
        static let configuration = CommandConfiguration(
            abstract: "End one of a user's passwords before its time.",
            discussion: "The last valid one can't be ended: reset it, or delete the user.")

        @Argument(help: "The user's name.")
        var username: String

        @Argument(help: "The password's id, as 'list' shows it.")
        var id: String

        @Flag(name: .customLong("end-sessions"), help: "End the user's open sessions.")
        var endSessions = false

        @OptionGroup var confirmation: Confirmation
        @OptionGroup(title: "Connection")
        var connection: ConnectionOptions

        func run(with client: SftpClient) async throws {
            try confirmation.ask("End the password \(id) of the user \(username)?")
            _ = try await client.send(
                DeletePasswordCommand(username: username, id: id, endSessions: endSessions ? true : nil))
            StandardError.write("The password \(TerminalText.escaped(id)) is no longer valid.")
        }
    }
}
