import Foundation
import SFTPTestSupport

/// A small file system in memory, 1 MiB unless said otherwise, in a mount namespace of its own, which needs no privileges
/// where user namespaces are allowed.
package final class TinyDisk {
    private let process: ChildProcess
    private let input = Pipe()
    private let mountPoint = ScratchDirectory()
    /// The host's path of the file system, through the process that mounted it.
    package let path: String

    /// Nil where the kernel or a sandbox around the test does not allow it.
    package init?(options: String = "size=1m") {
        let output = Pipe()
        let errors = Pipe()
        let script = "mount -t tmpfs -o \(options) tiny \"$1\" && echo ready && read -r end"
        let arguments = ["--user", "--map-root-user", "--mount", "sh", "-c", script, "sh", mountPoint.path]
        guard
            let process = try? ChildProcess(
                "/usr/bin/unshare", arguments, environment: Command.environment(),
                input: input.fileHandleForReading.fileDescriptor, output: output.fileHandleForWriting.fileDescriptor,
                error: errors.fileHandleForWriting.fileDescriptor)
        else { return nil }
        self.process = process
        try? output.fileHandleForWriting.close()
        path = "/proc/\(process.pid)/root\(mountPoint.path)"
        // Foundation's FileHandle takes an interrupted read for a fatal error.
        var answer = [UInt8](repeating: 0, count: 16)
        var count = -1
        repeat {
            count = read(output.fileHandleForReading.fileDescriptor, &answer, answer.count)
        } while count < 0 && errno == EINTR
        guard answer.prefix(max(0, count)).starts(with: "ready".utf8), access(path, W_OK) == 0 else {
            end()
            return nil
        }
    }

    deinit { end() }

    private func end() {
        try? input.fileHandleForWriting.close()
        if process.wait(seconds: 30) == nil { process.end() }
    }

    package static let isPossible = TinyDisk() != nil
}
