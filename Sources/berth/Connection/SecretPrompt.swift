import BerthClient
import Glibc

/// Reads a secret: from a terminal without showing it, otherwise the first line of standard input.
enum SecretPrompt {
    /// Bytes that a secret may have.
    static let limitBytes = 4_096

    static func read(_ prompt: String) throws(CommandFailure) -> Secret {
        guard isatty(STDIN_FILENO) == 1 else { return Secret(line(of: STDIN_FILENO) ?? "") }
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
        return line(of: STDIN_FILENO, until: arrivals)
    }

    /// The first line, as far as it is taken and without its end; nil when a signal comes before that end.
    ///
    /// - Parameters:
    ///   - source: is read byte by byte: what is behind the line is not this program's.
    ///   - arrivals: a descriptor that is readable once a signal came; -1 for none.
    static func line(of source: CInt, until arrivals: CInt = -1) -> String? {
        // Not an array: one that grows leaves in memory what it held. One place more is for what is too much.
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: limitBytes + 1, alignment: 1)
        defer {
            if let start = buffer.baseAddress { explicit_bzero(start, buffer.count) }
            buffer.deallocate()
        }
        var length = 0
        var waiting = [source, arrivals].map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
        while true {
            if poll(&waiting, 2, -1) < 0, errno != EINTR { break }
            if waiting[1].revents != 0 { return nil }
            guard waiting[0].revents != 0 else { continue }
            let next = UnsafeMutableRawBufferPointer(rebasing: buffer[length..<length + 1])
            let count = Glibc.read(source, next.baseAddress, next.count)
            if count < 0, errno == EINTR { continue }
            guard count == 1, next[0] != UInt8(ascii: "\n") else { break }
            if length < limitBytes { length += 1 }
        }
        // A file may be from a system that ends lines otherwise.
        if length > 0, buffer[length - 1] == UInt8(ascii: "\r") { length -= 1 }
        return String(decoding: UnsafeRawBufferPointer(rebasing: buffer[..<length]), as: UTF8.self)
    }

    private static var unsilenced: CommandFailure {
        CommandFailure(.failure, "the terminal can't be told to show nothing")
    }
}
