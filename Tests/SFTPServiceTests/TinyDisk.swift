import Foundation
import SFTPTestSupport

/// A file system of 1 MiB in a mount namespace of its own, which needs no privileges where user namespaces are allowed.
final class TinyDisk {
    private let process = Process()
    private let input = Pipe()
    private let mountPoint = ScratchDirectory()
    /// The host's path of the file system, through the process that mounted it.
    let path: String

    /// Nil where the kernel or a sandbox around the test does not allow it.
    init?() {
        let output = Pipe()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/unshare")
        let script = "mount -t tmpfs -o size=1m tiny \"$1\" && echo ready && read -r end"
        process.arguments = ["--user", "--map-root-user", "--mount", "sh", "-c", script, "sh", mountPoint.path]
        process.standardInput = input
        process.standardOutput = output
        process.standardError = Pipe()
        guard (try? process.run()) != nil else { return nil }
        path = "/proc/\(process.processIdentifier)/root\(mountPoint.path)"
        let answer = output.fileHandleForReading.availableData
        guard answer.starts(with: "ready".utf8), access(path, W_OK) == 0 else {
            end()
            return nil
        }
    }

    deinit { end() }

    private func end() {
        try? input.fileHandleForWriting.close()
        if process.isRunning { process.waitUntilExit() }
    }

    static let isPossible = TinyDisk() != nil
}
