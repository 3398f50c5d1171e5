import Foundation
import Glibc

/// A program on a terminal of its own, as a person has it: questions are waited for and answered.
package final class Terminal: @unchecked Sendable {
    package let process: ChildProcess
    private let descriptor: Int32
    private let changed = NSCondition()
    private var shown: [UInt8] = []
    private var isComplete = false

    package init(_ program: String, _ arguments: [String], environment: [String: String]) throws {
        var own: Int32 = -1
        var programs: Int32 = -1
        guard openpty(&own, &programs, nil, nil, nil) == 0 else { throw POSIXError(.EIO) }
        _ = fcntl(own, F_SETFD, FD_CLOEXEC)
        _ = fcntl(programs, F_SETFD, FD_CLOEXEC)
        defer { close(programs) }
        descriptor = own
        process = try ChildProcess(
            program, arguments, environment: Command.environment(environment), input: programs, output: programs,
            error: programs)
        Thread.detachNewThread { [self] in collect() }
    }

    deinit { process.end() }

    /// Everything that the terminal shows, what was typed and is echoed included.
    package var text: String {
        changed.lock()
        defer { changed.unlock() }
        return String(decoding: shown, as: UTF8.self)
    }

    /// Whether the terminal shows the text within the time.
    package func waitFor(_ text: String, seconds: Double = 20) -> Bool {
        wait(seconds: seconds) { String(decoding: self.shown, as: UTF8.self).contains(text) || self.isComplete }
        return self.text.contains(text)
    }

    /// Types a line.
    package func type(_ line: String) { press(line + "\n") }

    /// Presses keys.
    package func press(_ keys: String) {
        let bytes = Array(keys.utf8)
        _ = bytes.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
    }

    /// Whether what is typed is shown.
    package var echoes: Bool {
        var settings = termios()
        return tcgetattr(descriptor, &settings) == 0 && settings.c_lflag & tcflag_t(ECHO) != 0
    }

    /// The exit status, once everything is shown.
    package func finish(seconds: Double = 20) -> Int32? {
        let status = process.wait(seconds: seconds)
        wait(seconds: 5) { self.isComplete }
        return status
    }

    private func wait(seconds: Double, until isDone: () -> Bool) {
        let deadline = Date(timeIntervalSinceNow: seconds)
        changed.lock()
        defer { changed.unlock() }
        while !isDone(), changed.wait(until: deadline) {}
    }

    private func collect() {
        var buffer = [UInt8](repeating: 0, count: 4_096)
        while true {
            let count = read(descriptor, &buffer, buffer.count)
            if count == -1, errno == EINTR { continue }
            changed.lock()
            if count > 0 {
                shown += buffer[..<count]
            } else {
                isComplete = true
            }
            changed.broadcast()
            changed.unlock()
            if count <= 0 {
                close(descriptor)
                return
            }
        }
    }
}
