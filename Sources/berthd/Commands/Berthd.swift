import ArgumentParser

/// The program: `berthd` alone runs the service.
@main
struct Berthd: AsyncParsableCommand {
    /// The version of Berth, by semver.org.
    static let version = "0.1.0"

    static let configuration = CommandConfiguration(
        commandName: "berthd", abstract: "Self-hosted SFTP accounts for trading partners.", version: version,
        subcommands: [RunCommand.self, APIKeyCommand.self], defaultSubcommand: RunCommand.self)
}
