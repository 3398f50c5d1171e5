import Foundation
import Glibc

/// OpenSSH's clients, logged in as one user by password.
package struct OpenSSH {
    package let port: UInt16
    package let user: TestUser
    package let workspace: Workspace
    package var password: String { user.password }

    /// Options of `sftp` and `scp`: nothing of the person's own configuration, no question but the password's.
    package static func options(port: UInt16, methods: String = "password,keyboard-interactive") -> [String] {
        let options = [
            "BatchMode=no", "StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null",
            "GlobalKnownHostsFile=/dev/null",
            "PreferredAuthentications=\(methods)", "PubkeyAuthentication=no", "NumberOfPasswordPrompts=1",
            "LogLevel=ERROR", "ConnectTimeout=10", "Port=\(port)",
        ]
        return ["-F", "/dev/null"] + options.flatMap { ["-o", $0] }
    }

    /// A program that is not written just before it is run: while another test's child is on its way to its own program,
    /// it may hold the file open, and what is open for writing can't be executed (ETXTBSY).
    private static let askpass = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appending(path: "Programs/askpass").path

    /// Variables that answer the password prompt.
    package static func answering(_ password: String, workspace: Workspace) -> [String: String] {
        [
            "SSH_ASKPASS": askpass, "SSH_ASKPASS_REQUIRE": "force", "BERTH_TEST_PASSWORD": password,
            "HOME": workspace.path,
        ]
    }

    /// Runs `sftp` with a batch of commands; it stops at the first that fails, with status 1.
    package func sftp(
        _ commands: [String], password: String? = nil, arguments: [String] = [],
        methods: String = "password,keyboard-interactive", seconds: Double = 60
    ) throws -> Command.Result {
        try Command.run(
            "sftp",
            OpenSSH.options(port: port, methods: methods) + arguments + ["-b", "-", "\(user.username)@127.0.0.1"],
            input: commands.joined(separator: "\n") + "\n",
            environment: OpenSSH.answering(password ?? user.password, workspace: workspace), seconds: seconds)
    }

    package func scp(_ from: String, _ to: String) throws -> Command.Result {
        try Command.run(
            "scp", OpenSSH.options(port: port) + ["-r", "-p", from, to],
            environment: OpenSSH.answering(user.password, workspace: workspace))
    }

    /// A path on the server as `scp` writes it.
    package func remote(_ path: String) -> String { "\(user.username)@127.0.0.1:\(path)" }

    /// An `sftp` that stays logged in and takes commands one by one.
    package func open(arguments: [String] = []) throws -> OpenSFTP { try OpenSFTP(client: self, arguments: arguments) }
}

/// An `sftp` in the middle of its session.
package final class OpenSFTP {
    package let process: ChildProcess
    package let output: LineLog
    private let input: Int32

    package init(client: OpenSSH, arguments: [String]) throws {
        let (readEnd, writeEnd) = try Descriptors.pipe()
        input = writeEnd
        output = try LineLog()
        process = try ChildProcess(
            "sftp", OpenSSH.options(port: client.port) + arguments + ["\(client.user.username)@127.0.0.1"],
            environment: Command.environment(OpenSSH.answering(client.password, workspace: client.workspace)),
            input: readEnd, output: output.writeEnd, error: output.writeEnd)
        close(readEnd)
        close(output.writeEnd)
        guard answers(seconds: 20) else {
            process.end()
            throw Daemon.NotReady(description: "sftp did not log in: \(output.text)")
        }
    }

    deinit {
        close(input)
        process.end()
    }

    /// Types a command.
    package func type(_ command: String) {
        let line = Array((command + "\n").utf8)
        _ = line.withUnsafeBytes { write(input, $0.baseAddress, $0.count) }
    }

    /// Whether the server answers a request (one whose answer can be told from every other output).
    package func answers(seconds: Double = 10) -> Bool {
        let start = output.lines.count
        type("ls /berth-answers")
        return output.waitForLine(from: start, seconds: seconds) { $0.hasPrefix("Can't ls:") } != nil
    }

    /// Whether the server ends the connection within the time. `sftp` itself goes on and waits for commands then.
    package func isDisconnected(seconds: Double) -> Bool {
        output.waitForLine(seconds: seconds) { $0.contains("Connection closed.") } != nil
    }

    /// Ends the input, as Ctrl-D does, and gives the exit status.
    package func finish(seconds: Double = 20) -> Int32? {
        type("bye")
        return process.wait(seconds: seconds)
    }
}
