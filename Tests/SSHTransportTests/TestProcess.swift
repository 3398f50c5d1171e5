import Foundation
import Glibc
import ServiceTestSupport

/// A program under test's control: what it writes to standard output can be waited for.
final class TestProcess {
    private let process: ChildProcess
    private let input = Pipe()
    private let output = Pipe()
    private var text = ""
    private var isAtEnd = false

    /// Waiting for anything ends after this long.
    static let secondsLimit = 60.0

    init(_ arguments: [String], environment: [String: String] = [:], input text: String? = nil) throws {
        // A program may end before it has read its input.
        signal(SIGPIPE, SIG_IGN)
        let writeEnd = output.fileHandleForWriting.fileDescriptor
        process = try ChildProcess(
            "/usr/bin/env", arguments,
            environment: ProcessInfo.processInfo.environment.merging(environment) { _, new in new },
            input: input.fileHandleForReading.fileDescriptor, output: writeEnd, error: writeEnd)
        // The programs' ends of the pipes are theirs alone: what they leave shows here.
        try input.fileHandleForReading.close()
        try output.fileHandleForWriting.close()
        if let text {
            try input.fileHandleForWriting.write(contentsOf: Data(text.utf8))
            try input.fileHandleForWriting.close()
        }
    }

    deinit { process.end() }

    var pid: pid_t { process.pid }

    /// The rest of the first line that begins with `prefix`, from `line` on; waits until there is one.
    func line(
        beginning prefix: String, after line: Int = 0, seconds: Double = TestProcess.secondsLimit
    ) throws -> String {
        let deadline = Date(timeIntervalSinceNow: seconds)
        while true {
            let whole = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).dropLast().dropFirst(
                line)
            if let found = whole.first(where: { $0.hasPrefix(prefix) }) {
                return String(found.dropFirst(prefix.count))
            }
            guard !isAtEnd, Date.now < deadline else { throw Failure(description: "no line '\(prefix)' in:\n\(text)") }
            read(until: deadline)
        }
    }

    /// Everything written so far, as lines.
    var lines: [String] { text.split(whereSeparator: \.isNewline).map(String.init) }

    /// Closes standard input.
    func closeInput() throws { try input.fileHandleForWriting.close() }

    /// Waits for the end: status and all output.
    func finish() throws -> (status: Int32, output: String) {
        let deadline = Date(timeIntervalSinceNow: Self.secondsLimit)
        while !isAtEnd, Date.now < deadline { read(until: deadline) }
        guard isAtEnd, let status = process.wait(seconds: max(1, deadline.timeIntervalSinceNow)) else {
            throw Failure(description: "still running; wrote:\n\(text)")
        }
        return (status, text)
    }

    private func read(until deadline: Date) {
        var descriptor = pollfd(fd: output.fileHandleForReading.fileDescriptor, events: Int16(POLLIN), revents: 0)
        let wait = Int32(max(0, deadline.timeIntervalSinceNow) * 1000)
        guard poll(&descriptor, 1, wait) > 0 else { return }
        var bytes = [UInt8](repeating: 0, count: 65_536)
        let count = Glibc.read(descriptor.fd, &bytes, bytes.count)
        if count < 0, errno == EINTR { return }
        if count > 0 { text += String(decoding: bytes.prefix(count), as: UTF8.self) } else { isAtEnd = true }
    }

    struct Failure: Error, CustomStringConvertible {
        let description: String
    }
}
