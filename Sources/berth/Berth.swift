import ArgumentParser
import BerthClient

/// The program: manages a Berth service over its API.
@main
struct Berth: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "berth", abstract: "Manage the SFTP accounts of a Berth service.",
        discussion: """
            Talks to the management API of a running service. Where that is and with which key comes from BERTH_API and \
            BERTH_API_KEY, or from what 'berth login' stored. The key is never an argument, since others can read those.

            Results go to standard output, as tables or with --json as JSON; everything else goes to standard error.
            """,
        version: ClientVersion.current,
        subcommands: [
            LoginCommand.self, UserCommand.self, APIKeyCommand.self, SessionCommand.self, BlockCommand.self,
            StatusCommand.self, ManualCommand.self,
        ])

    /// Runs the command that the arguments say. Each failure is one line on standard error and a status of `ExitStatus`.
    static func main() async {
        do {
            var command = try await asyncParseAsRoot(nil)
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
        } catch let failure as CommandFailure {
            end(failure)
        } catch let error as SftpClientError {
            end(CommandFailure(error))
        } catch {
            exit(withError: error)
        }
    }

    private static func end(_ failure: CommandFailure) -> Never {
        StandardError.write("berth: \(TerminalText.lines(failure.message))")
        exit(withError: ExitCode(failure.status.rawValue))
    }
}
