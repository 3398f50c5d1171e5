import Foundation
import Glibc

/// A `berth-sftpd` that no berthd started.
package final class DataPlane {
    package let directory: Workspace
    package let log: LineLog
    package let process: ChildProcess

    package init() throws {
        directory = try Workspace()
        log = try LineLog()
        let nothing = open("/dev/null", O_RDWR | O_CLOEXEC)
        defer { close(nothing) }
        process = try ChildProcess(
            Programs.berthSFTPD, ["--control-socket", directory.file("control.sock")],
            environment: Command.environment(), input: nothing, output: nothing, error: log.writeEnd)
        close(log.writeEnd)
    }

    deinit { process.end() }

    /// What tells berthd to wait for it.
    package var settings: [String: String] { ["BERTHD_SFTP_CONTROL_SOCKET": directory.file("control.sock")] }
}
