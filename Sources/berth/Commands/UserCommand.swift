import ArgumentParser
import BerthClient

/// `berth user`: partners' accounts.
struct UserCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "user", abstract: "Make, look at, change and delete partners' accounts.",
        subcommands: [Create.self, Read.self, Update.self, List.self, Delete.self, PasswordCommand.self])

    /// `berth user create`: prints the user with its password.
    struct Create: ServiceCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make a user with a generated name and password.",
            discussion: """
                The password is printed this once: the service keeps a digest of it. The user can log in when this returns.
                """)

        @Option(
            name: [.customLong("home-directory"), .customLong("home")],
            help: ArgumentHelp("The directory that the partner sees as /, as /partners/acme.", valueName: "path"))
        var homeDirectory: String

        @Option(
            name: .customLong("description"),
            help: ArgumentHelp("What to know about the account.", valueName: "text"))
        var text: String

        @Option(
            name: .customLong("password-length"),
            help: ArgumentHelp("Characters of the password, 16 to 128 (default: 16).", valueName: "number"))
        var passwordLength: Int?

        @OptionGroup var output: OutputOptions
        @OptionGroup(title: "Connection")
        var connection: ConnectionOptions

        func run(with client: SftpClient) async throws {
            let made = try await client.send(
                CreateUserCommand(
                    homeDirectory: homeDirectory, description: text,
                    passwordOptions: passwordLength.map(PasswordOptions.init(length:))))
            let user = UserView(made.user, password: made.password)
            try output.write(user, user.fields)
        }
    }

    /// `berth user read`.
    struct Read: ServiceCommand {
        static let configuration = CommandConfiguration(abstract: "Show a user.")

        @Argument(help: "The user's name.")
        var username: String

        @OptionGroup var output: OutputOptions
        @OptionGroup(title: "Connection")
        var connection: ConnectionOptions

        func run(with client: SftpClient) async throws {
            let read = try await client.send(ReadUserCommand(username: username))
            let user = UserView(read.user, etag: read.etag)
            try output.write(user, user.fields)
        }
    }

    /// `berth user update`.
    struct Update: ServiceCommand {
        static let configuration = CommandConfiguration(
            abstract: "Change a user's description, home directory or both.",
            discussion: "Sessions that are open keep the home directory that they have.")

        @Argument(help: "The user's name.")
        var username: String

        @Option(
            name: .customLong("description"), help: ArgumentHelp("The new description.", valueName: "text"))
        var text: String?

        @Option(
            name: [.customLong("home-directory"), .customLong("home")],
            help: ArgumentHelp("The new home directory.", valueName: "path"))
        var homeDirectory: String?

        @Option(
            name: .customLong("if-match"),
            help: ArgumentHelp(
                "Change nothing unless the user still is what 'berth user read' showed with this etag.",
                valueName: "etag"))
        var ifMatch: String?

        @OptionGroup var output: OutputOptions
        @OptionGroup(title: "Connection")
        var connection: ConnectionOptions

        func validate() throws {
            guard text != nil || homeDirectory != nil else {
                throw ValidationError("--description or --home-directory says what to change")
            }
        }

        func run(with client: SftpClient) async throws {
            let updated = try await client.send(
                UpdateUserCommand(
                    username: username, description: text, homeDirectory: homeDirectory, ifMatch: ifMatch))
            let user = UserView(updated.user, etag: updated.etag)
            try output.write(user, user.fields)
        }
    }

    /// `berth user list`.
    struct List: ServiceCommand {
        static let configuration = CommandConfiguration(abstract: "List all users in the order of creation.")

        @OptionGroup var output: OutputOptions
        @OptionGroup(title: "Connection")
        var connection: ConnectionOptions

        func run(with client: SftpClient) async throws {
            try await output.write(
                client.users(pageSize: 50),
                [
                    Column("USERNAME") { $0.username }, Column("HOME DIRECTORY") { $0.homeDirectory },
                    Column("LAST CONNECTED") { $0.lastConnectedDate?.description ?? "never" },
                    Column("DESCRIPTION") { $0.description },
                ])
        }
    }

    /// `berth user delete`.
    struct Delete: ServiceCommand {
        static let configuration = CommandConfiguration(
            abstract: "Delete a user. Files stay, open sessions end.")

        @Argument(help: "The user's name.")
        var username: String

        @OptionGroup var confirmation: Confirmation
        @OptionGroup(title: "Connection")
        var connection: ConnectionOptions

        func run(with client: SftpClient) async throws {
            if !confirmation.yes {
                let user = try await client.send(ReadUserCommand(username: username))
                try confirmation.ask("Delete the user \(user.username) (\(user.description), \(user.homeDirectory))?")
            }
            _ = try await client.send(DeleteUserCommand(username: username))
            StandardError.write("The user \(TerminalText.escaped(username)) is deleted; its files stay.")
        }
    }
}
