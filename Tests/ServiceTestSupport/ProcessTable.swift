import Foundation
import Glibc

/// What /proc says of the processes under test.
package enum ProcessTable {
    package static func name(of pid: pid_t) -> String? { read(pid, "comm")?.trimmingCharacters(in: .newlines) }

    /// Direct children of a process.
    package static func children(of parent: pid_t) -> [pid_t] {
        let entries = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return entries.compactMap { pid_t($0) }.filter { self.parent(of: $0) == parent }.sorted()
    }

    package static func isAlive(_ pid: pid_t) -> Bool {
        guard let state = fields(of: pid)?.first else { return false }
        return state != "Z" && state != "X"
    }

    /// A line of /proc/PID/status, in bytes: "VmHWM" is the most memory that was ever resident.
    package static func memory(_ pid: pid_t, _ line: String) -> Int? {
        guard let status = read(pid, "status") else { return nil }
        for entry in status.split(separator: "\n") where entry.hasPrefix("\(line):") {
            return entry.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap { Int($0) }.map { $0 * 1_024 }
        }
        return nil
    }

    /// Threads of a process.
    package static func threads(of pid: pid_t) -> Int? {
        try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(pid)/task").count
    }

    /// Seconds of processor time that those children of a process used which have ended and were waited for.
    package static func processorTimeOfChildren(of parent: pid_t) -> Double? {
        // cutime and cstime of proc(5).
        guard let fields = fields(of: parent), fields.count > 14, let user = Double(fields[13]),
            let system = Double(fields[14])
        else { return nil }
        return (user + system) / Double(sysconf(Int32(_SC_CLK_TCK)))
    }

    /// Page faults of those children of a process which have ended and were waited for. No process lives without some, so it
    /// stays the same as long as none was forked.
    package static func pageFaultsOfChildren(of parent: pid_t) -> Int? {
        // cminflt of proc(5).
        fields(of: parent).flatMap { $0.count > 8 ? Int($0[8]) : nil }
    }

    /// Waits until a process is gone; for one that is not a child of the tests, whose end nothing announces.
    package static func waitForEnd(of pid: pid_t, seconds: Double) -> Bool {
        eventually(seconds: seconds) { !isAlive(pid) }
    }

    private static func parent(of pid: pid_t) -> pid_t? { fields(of: pid)?.dropFirst().first.flatMap { pid_t($0) } }

    /// The fields of /proc/PID/stat after the program's name, which may hold spaces.
    private static func fields(of pid: pid_t) -> [Substring]? {
        guard let stat = read(pid, "stat"), let end = stat.lastIndex(of: ")") else { return nil }
        return stat[stat.index(after: end)...].split(separator: " ")
    }

    private static func read(_ pid: pid_t, _ file: String) -> String? {
        try? String(contentsOfFile: "/proc/\(pid)/\(file)", encoding: .utf8)
    }
}

/// Waits for what no event announces to a test: looks every 10 ms until it holds or the time is over.
package func eventually(seconds: Double, _ holds: () throws -> Bool) rethrows -> Bool {
    let deadline = Date(timeIntervalSinceNow: seconds)
    while true {
        if try holds() { return true }
        if Date() >= deadline { return false }
        poll(nil, 0, 10)
    }
}
