import Foundation
import Glibc

/// The lines that come out of a pipe, as they come; a test waits for the one it needs.
package final class LineLog: @unchecked Sendable {
    private let changed = NSCondition()
    private var collected: [String] = []
    private var isComplete = false

    /// The pipe's end to give to a process; close it here once the process has it.
    package let writeEnd: Int32

    package init() throws {
        let (readEnd, writeEnd) = try Descriptors.pipe()
        self.writeEnd = writeEnd
        Thread.detachNewThread { [self] in collect(readEnd) }
    }

    package var lines: [String] {
        changed.lock()
        defer { changed.unlock() }
        return collected
    }

    package var text: String { lines.joined(separator: "\n") }

    /// The first line from index `start` on that fits, as soon as it is there; nil when the time is over or the pipe is
    /// closed without it.
    package func waitForLine(from start: Int = 0, seconds: Double = 20, where fits: (String) -> Bool) -> String? {
        let deadline = Date(timeIntervalSinceNow: seconds)
        changed.lock()
        defer { changed.unlock() }
        var next = start
        while true {
            while next < collected.count {
                if fits(collected[next]) { return collected[next] }
                next += 1
            }
            if isComplete || !changed.wait(until: deadline) { return nil }
        }
    }

    package func waitForLine(containing text: String, from start: Int = 0, seconds: Double = 20) -> String? {
        waitForLine(from: start, seconds: seconds) { $0.contains(text) }
    }

    /// Waits until `count` lines are there, or the pipe is closed or the time is over.
    package func waitForCount(_ count: Int, seconds: Double = 20) {
        let deadline = Date(timeIntervalSinceNow: seconds)
        changed.lock()
        defer { changed.unlock() }
        while collected.count < count, !isComplete, changed.wait(until: deadline) {}
    }

    /// Waits until every holder of the pipe's other end has closed it.
    package func waitUntilComplete(seconds: Double) {
        let deadline = Date(timeIntervalSinceNow: seconds)
        changed.lock()
        defer { changed.unlock() }
        while !isComplete, changed.wait(until: deadline) {}
    }

    private func collect(_ readEnd: Int32) {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        var partial: [UInt8] = []
        while true {
            let count = read(readEnd, &buffer, buffer.count)
            if count == -1, errno == EINTR { continue }
            changed.lock()
            if count <= 0 {
                if !partial.isEmpty { collected.append(String(decoding: partial, as: UTF8.self)) }
                isComplete = true
                changed.broadcast()
                changed.unlock()
                close(readEnd)
                return
            }
            for byte in buffer[..<count] {
                if byte == UInt8(ascii: "\n") {
                    collected.append(String(decoding: partial, as: UTF8.self))
                    partial = []
                } else {
                    partial.append(byte)
                }
            }
            changed.broadcast()
            changed.unlock()
        }
    }
}
