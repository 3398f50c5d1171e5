import ArgumentParser

/// `berth manual`: the manual page out of the commands' own definitions, for scripts/install.
struct ManualCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "manual", abstract: "Print the manual page, for man(1).", shouldDisplay: false)

    func run() throws {
        try StandardOutput.write(ManualPage.text())
    }
}
