import Foundation
import Glibc

/// A listener as the tests look at it from outside: its sessions, its address layout, and when it took itself over.
package struct ListenerWatch {
    package let pid: pid_t
    package let log: LineLog

    package init(pid: pid_t, log: LineLog) {
        self.pid = pid
        self.log = log
    }

    /// The processes of its sessions.
    package var sessions: [pid_t] { ProcessTable.children(of: pid) }

    /// Runs `body`, which makes one session more, and says which process that is.
    package func session<Result>(_ body: () throws -> Result) rethrows -> (result: Result, pid: pid_t?) {
        let before = Set(sessions)
        let result = try body()
        return (result, sessions.first { !before.contains($0) })
    }

    /// Where the program and its stack lie in memory.
    package var layout: [String] {
        // In pieces of a page, which is the end for those who know a file by its size.
        let maps = try? FileHandle(forReadingFrom: URL(fileURLWithPath: "/proc/\(pid)/maps")).readToEnd()
        let lines = String(decoding: maps ?? Data(), as: UTF8.self).split(separator: "\n").map(String.init)
        let program = lines.first { $0.contains("berth-sftpd") }
        let stack = lines.first { $0.hasSuffix("[stack]") }
        return [program, stack].compactMap { $0?.split(separator: " ").first.map(String.init) }
    }

    /// Descriptors that it has open; -1 when it is gone.
    package var descriptorCount: Int { Holdings.entries("fd", of: pid) }

    /// How often the program took over from itself.
    package var takeovers: Int { log.lines.count { $0.contains(" took over ") } }

    /// Waits until it has happened that often.
    package func waitForTakeover(number: Int = 1, seconds: Double = 20) -> Bool {
        eventually(seconds: seconds) { takeovers >= number }
    }
}

extension Daemon {
    /// Its own listener.
    package var watch: ListenerWatch? { listener.map { ListenerWatch(pid: $0, log: log) } }
}

extension DataPlane {
    /// Its listener.
    package var watch: ListenerWatch { ListenerWatch(pid: process.pid, log: log) }
}
