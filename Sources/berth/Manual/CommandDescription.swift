import ArgumentParser
import FoundationEssentials

/// What swift-argument-parser knows about a command: its `--experimental-dump-help`, as far as the manual needs it.
struct CommandDescription: Decodable {
    private struct Tool: Decodable {
        let command: CommandDescription
    }

    struct Name: Decodable {
        let kind: String
        let name: String

        var text: String { (kind == "long" ? "--" : "-") + name }
    }

    struct Argument: Decodable {
        let kind: String
        let shouldDisplay: Bool
        let sectionTitle: String?
        let isOptional: Bool
        let names: [Name]?
        let preferredName: Name?
        let valueName: String?
        let defaultValue: String?
        let abstract: String?

        /// As it stands in a usage line.
        var usage: String {
            let text = preferredName.map { kind == "flag" ? $0.text : "\($0.text) <\(valueName ?? "value")>" }
            let shown = text ?? "<\(valueName ?? "value")>"
            return isOptional ? "[\(shown)]" : shown
        }
    }

    let commandName: String
    let abstract: String?
    let discussion: String?
    let shouldDisplay: Bool?
    let subcommands: [CommandDescription]?
    let arguments: [Argument]?

    /// The commands below, but for those that the manual leaves out.
    var shownSubcommands: [CommandDescription] {
        (subcommands ?? []).filter { $0.shouldDisplay ?? true && $0.commandName != "help" }
    }

    /// The arguments, but for those that every program has.
    var shownArguments: [Argument] {
        (arguments ?? []).filter {
            $0.shouldDisplay && $0.preferredName?.name != "help" && $0.preferredName?.name != "version"
        }
    }

    /// The program with all its commands.
    static func program() throws(CommandFailure) -> CommandDescription {
        guard let tool = try? JSONDecoder().decode(Tool.self, from: Data(Berth._dumpHelp().utf8)) else {
            throw CommandFailure(.defect, "the description of the commands can't be read")
        }
        return tool.command
    }
}
