import Foundation
import Glibc

/// What a running service holds, seen from outside.
package struct Holdings: Equatable, CustomStringConvertible {
    /// Processes below the listener: its sessions.
    package let sessions: Int
    package let controlDescriptors: Int
    /// Of those the sockets: the registry opens files when many read at once, and keeps them.
    package let controlSockets: Int
    package let listenerDescriptors: Int
    package let controlThreads: Int

    package init(of daemon: Daemon, listener: pid_t) {
        sessions = ProcessTable.children(of: listener).count
        controlDescriptors = Self.entries("fd", of: daemon.process.pid)
        controlSockets = Self.sockets(of: daemon.process.pid)
        listenerDescriptors = Self.entries("fd", of: listener)
        controlThreads = Self.entries("task", of: daemon.process.pid)
    }

    private static func sockets(of process: pid_t) -> Int {
        let files = FileManager.default
        let names = (try? files.contentsOfDirectory(atPath: "/proc/\(process)/fd")) ?? []
        let targets = names.compactMap { try? files.destinationOfSymbolicLink(atPath: "/proc/\(process)/fd/\($0)") }
        return targets.count { $0.hasPrefix("socket:") }
    }

    package var description: String {
        "sessions \(sessions), descriptors \(controlDescriptors) (\(controlSockets) sockets) and \(listenerDescriptors), threads \(controlThreads)"
    }

    /// Entries of a directory of a process in /proc; -1 when it is gone.
    static func entries(_ directory: String, of pid: pid_t) -> Int {
        (try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(pid)/\(directory)").count) ?? -1
    }
}
