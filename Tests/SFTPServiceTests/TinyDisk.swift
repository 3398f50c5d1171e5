import Foundation
import SFTPTestSupport
import ServiceTestSupport

/// A file system of 1 MiB in a mount namespace of its own, which needs no privileges where user namespaces are allowed.
final class TinyDisk {
    private let process: ChildProcess
    private let input = Pipe()
    private let mountPoint = ScratchDirectory()
    /// The host's path of the file system, through the process that mounted it.
    let path: String

    /// Nil where the kernel or a sandbox around the test does not allow it.
    init?() {
        let output = Pipe()
        let errors = Pipe()
        let script = "mount -t tmpfs -o size=1m tiny \"$1\" && echo ready && read -r end"
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
        let answer = output.fileHandleForReading.availableData
        guard answer.starts(with: "ready".utf8), access(path, W_OK) == 0 else {
            end()
            return nil
        }
    }

    deinit { end() }

    private func end() {
        try? input.fileHandleForWriting.close()
        if process.wait(seconds: 30) == nil { process.end() }
    }

    static let isPossible = TinyDisk() != nil
}
