import Foundation
import Glibc

/// A `berth-sftpd` that no berthd started.
package final class DataPlane {
    package let directory: Workspace
    package let log: LineLog
    package let process: ChildProcess

    /// - Parameters:
    ///   - program: the program to run, where it is another file than the one that was built.
    ///   - launcher: a program with arguments that executes it (a Python script that plays systemd).
    package init(program: String = Programs.berthSFTPD, launcher: [String] = []) throws {
        directory = try Workspace()
        log = try LineLog()
        let nothing = open("/dev/null", O_RDWR | O_CLOEXEC)
        defer { close(nothing) }
        let command = launcher + [program, "--control-socket", directory.file("control.sock")]
        process = try ChildProcess(
            command[0], Array(command.dropFirst()),
            environment: Command.environment(), input: nothing, output: nothing, error: log.writeEnd)
        close(log.writeEnd)
    }

    deinit { process.end() }

    /// What tells berthd to wait for it.
    package var settings: [String: String] { ["BERTHD_SFTP_CONTROL_SOCKET": directory.file("control.sock")] }
}
