import Foundation
import Glibc

/// What a running service holds, seen from outside.
package struct Holdings: Equatable, CustomStringConvertible {
    /// Processes below the listener: its sessions.
    package let sessions: Int
    package let controlDescriptors: Int
    package let listenerDescriptors: Int
    package let controlThreads: Int

    package init(of daemon: Daemon, listener: pid_t) {
        sessions = ProcessTable.children(of: listener).count
        controlDescriptors = Self.entries("fd", of: daemon.process.pid)
        listenerDescriptors = Self.entries("fd", of: listener)
        controlThreads = Self.entries("task", of: daemon.process.pid)
    }

    package var description: String {
        "sessions \(sessions), descriptors \(controlDescriptors) and \(listenerDescriptors), threads \(controlThreads)"
    }

    private static func entries(_ directory: String, of pid: pid_t) -> Int {
        (try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(pid)/\(directory)").count) ?? -1
    }
}
