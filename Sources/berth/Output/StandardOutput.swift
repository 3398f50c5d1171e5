import Glibc

/// Results, for people and for scripts.
enum StandardOutput {
    /// Writes a line.
    static func write(_ line: String) throws(CommandFailure) {
        let code = DescriptorOutput.write(line + "\n", to: STDOUT_FILENO)
        if code == EPIPE {
            // Whoever read has enough (`berth user list | head`). The HTTP client's library ignores the signal that would
            // have ended the program.
            signal(SIGPIPE, SIG_DFL)
            raise(SIGPIPE)
        }
        guard code == 0 else {
            throw CommandFailure(.output, "the result can't be written: \(String(cString: strerror(code)))")
        }
    }
}

/// `write(2)` of a whole text.
enum DescriptorOutput {
    /// 0, or the error.
    static func write(_ text: String, to descriptor: CInt) -> CInt {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            guard count > 0 else {
                if count < 0, errno == EINTR { continue }
                return count < 0 ? errno : EIO
            }
            rest = rest.dropFirst(count)
        }
        return 0
    }
}
