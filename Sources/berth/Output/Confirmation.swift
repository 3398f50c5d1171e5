import ArgumentParser
import Glibc

/// The question before something is deleted.
struct Confirmation: ParsableArguments {
    @Flag(name: .customLong("yes"), help: "Don't ask.")
    var yes = false

    /// Asks, and throws unless the answer is yes.
    func ask(_ question: String) throws(CommandFailure) {
        if yes { return }
        guard isatty(STDIN_FILENO) == 1 else {
            throw CommandFailure(.usage, "this asks before it deletes, and there is no terminal to ask on: add --yes")
        }
        StandardError.ask("\(TerminalText.escaped(question)) [y/N] ")
        let answer = readLine()?.lowercased() ?? ""
        guard answer == "y" || answer == "yes" else { throw CommandFailure(.failure, "nothing was deleted") }
    }
}
