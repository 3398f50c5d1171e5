import BerthClient
import Glibc

/// Reads a secret: from a terminal without showing it, otherwise the first line of standard input.
enum SecretPrompt {
    /// Bytes that a secret may have.
    static let limitBytes = 4_096

    static func read(_ prompt: String) throws(CommandFailure) -> Secret {
        guard isatty(STDIN_FILENO) == 1 else { return Secret(readLine(strippingNewline: true) ?? "") }
        var before = termios()
        guard tcgetattr(STDIN_FILENO, &before) == 0 else {
            throw CommandFailure(.failure, "the terminal can't be told to show nothing")
        }
        // Byte by byte, with the keys that interrupt arriving as bytes: so that whatever ends this, the terminal is set back.
        var silent = before
        silent.c_lflag &= ~tcflag_t(ECHO | ICANON | ISIG)
        guard tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent) == 0 else {
            throw CommandFailure(.failure, "the terminal can't be told to show nothing")
        }
        defer {
            tcsetattr(STDIN_FILENO, TCSAFLUSH, &before)
            StandardError.write("")
        }
        StandardError.ask(prompt)
        return Secret(try line())
    }

    private static func line() throws(CommandFailure) -> String {
        var bytes: [UInt8] = []
        while true {
            var byte: UInt8 = 0
            let count = Glibc.read(STDIN_FILENO, &byte, 1)
            if count < 0, errno == EINTR { continue }
            guard count == 1 else { break }
            switch byte {
            case 0x04, 0x0a, 0x0d: return String(decoding: bytes, as: UTF8.self)
            case 0x03, 0x1c: throw CommandFailure(.failure, "interrupted")
            case 0x08, 0x7f: _ = bytes.popLast()
            case 0x15: bytes = []
            default: if bytes.count < limitBytes { bytes.append(byte) }
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
