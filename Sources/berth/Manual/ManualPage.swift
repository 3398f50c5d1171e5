import BerthClient

/// The manual page in man(7)'s macros.
enum ManualPage {
    static func text() throws(CommandFailure) -> String {
        let program = try CommandDescription.program()
        var page = Roff()
        page.title("BERTH", section: 1, source: "Berth \(ClientVersion.current)", manual: "Berth Manual")
        page.section("NAME")
        page.paragraph("berth - \(program.abstract ?? "")")
        page.section("SYNOPSIS")
        for command in leaves(of: program, path: []) { page.usage(command.path, command.usage) }
        page.section("DESCRIPTION")
        page.paragraphs(program.discussion ?? "")
        page.section("COMMANDS")
        for command in leaves(of: program, path: []) { describe(command, in: &page) }
        page.section("CONNECTION")
        page.paragraph("Every command that talks to the service takes these.")
        for argument in connectionArguments(of: program) { page.item(heading(argument), explanation(argument)) }
        page.section("ENVIRONMENT")
        for variable in EnvironmentVariable.allCases { page.item(variable.rawValue, variable.meaning) }
        page.section("FILES")
        page.item(
            "~/.config/berth/login.json",
            "What 'berth login' stored, with mode 0600. A key in it is shown to the service alone that it was stored for."
        )
        page.section("EXIT STATUS")
        for status in ExitStatus.allCases { page.item(String(status.rawValue), status.meaning) }
        page.section("EXAMPLES")
        for example in examples { page.example(example.what, example.command) }
        return page.text
    }

    static let examples: [(what: String, command: String)] = [
        ("Log in, once:", "berth login --endpoint https://berth.example.com/2022-04-01"),
        ("Make a partner's account:", "berth user create --home /partners/acme --description 'Acme Corp'"),
        (
            "Give it a new password; the old one works for another week:",
            "berth user password rotate VVJ9PRKM --overlap 7d"
        ),
        (
            "The users who never logged in:",
            "berth user list --json | jq -r '.[] | select(.lastConnectedDate == null).username'"
        ),
    ]

    /// A command that does something, with the words that lead to it.
    struct Leaf {
        let path: [String]
        let description: CommandDescription

        /// Its arguments but for those of the connection.
        var ownArguments: [CommandDescription.Argument] {
            description.shownArguments.filter { $0.sectionTitle != "Connection" }
        }

        var usage: String { (ownArguments.map(\.usage) + ["[connection]"]).joined(separator: " ") }
    }

    static func leaves(of command: CommandDescription, path: [String]) -> [Leaf] {
        let path = path + [command.commandName]
        guard !command.shownSubcommands.isEmpty else { return [Leaf(path: path, description: command)] }
        return command.shownSubcommands.flatMap { leaves(of: $0, path: path) }
    }

    private static func connectionArguments(of program: CommandDescription) -> [CommandDescription.Argument] {
        leaves(of: program, path: []).first { !$0.description.shownArguments.isEmpty }?
            .description.shownArguments.filter { $0.sectionTitle == "Connection" } ?? []
    }

    private static func describe(_ leaf: Leaf, in page: inout Roff) {
        page.subsection(leaf.path.joined(separator: " "))
        page.paragraph(leaf.description.abstract ?? "")
        page.paragraphs(leaf.description.discussion ?? "")
        for argument in leaf.ownArguments { page.item(heading(argument), explanation(argument)) }
    }

    private static func heading(_ argument: CommandDescription.Argument) -> String {
        let value = "<\(argument.valueName ?? "value")>"
        guard let names = argument.names else { return value }
        return names.map(\.text).joined(separator: ", ") + (argument.kind == "flag" ? "" : " \(value)")
    }

    private static func explanation(_ argument: CommandDescription.Argument) -> String {
        (argument.abstract ?? "") + (argument.defaultValue.map { " (default: \($0))" } ?? "")
    }
}
