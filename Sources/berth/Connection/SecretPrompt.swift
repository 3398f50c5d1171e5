import BerthClient
import Glibc

/// Reads a secret: from a terminal without showing it, otherwise the first line of standard input.
enum SecretPrompt {
    /// Bytes that a secret may have.
    static let limitBytes = 4_096

    static func read(_ prompt: String) throws(CommandFailure) -> Secret {
        guard isatty(STDIN_FILENO) == 1 else { return Secret(readLine(strippingNewline: true) ?? "") }
        while true {
            // Without an answer the program was stopped and goes on: it asks again.
            let answer = try HeldSignals.during { arrivals throws(CommandFailure) in try ask(prompt, arrivals) }
            if let answer { return Secret(answer) }
        }
    }

    /// Asks, and sets the terminal back whatever ends this; nil when a signal does.
    private static func ask(_ prompt: String, _ arrivals: CInt) throws(CommandFailure) -> String? {
        var before = termios()
        guard tcgetattr(STDIN_FILENO, &before) == 0 else { throw Self.unsilenced }
        var silent = before
        silent.c_lflag &= ~tcflag_t(ECHO | ECHONL)
        guard tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent) == 0 else {
            // Held back, as another program is in front of the terminal.
            if errno == EINTR { return nil }
            throw Self.unsilenced
        }
        defer {
            HeldSignals.keptOff { tcsetattr(STDIN_FILENO, TCSAFLUSH, &before) }
            StandardError.write("")
        }
        StandardError.ask(prompt)
        return line(until: arrivals)
    }

    private static func line(until arrivals: CInt) -> String? {
        var bytes: [UInt8] = []
        var waiting = [STDIN_FILENO, arrivals].map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
        while true {
            if poll(&waiting, 2, -1) < 0, errno != EINTR { break }
            if waiting[1].revents != 0 { return nil }
            guard waiting[0].revents != 0 else { continue }
            var byte: UInt8 = 0
            let count = Glibc.read(STDIN_FILENO, &byte, 1)
            if count < 0, errno == EINTR { continue }
            guard count == 1, byte != UInt8(ascii: "\n") else { break }
            if bytes.count < limitBytes { bytes.append(byte) }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static var unsilenced: CommandFailure {
        CommandFailure(.failure, "the terminal can't be told to show nothing")
    }
}
