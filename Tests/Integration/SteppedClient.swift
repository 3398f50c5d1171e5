import Foundation
import Glibc
import ServiceTestSupport

/// A script of Tests/Integration/Clients that says lines and waits for lines.
final class SteppedClient {
    let process: ChildProcess
    let log: LineLog
    private let input: Int32

    init(_ script: String, arguments: [String], environment: [String: String] = [:]) throws {
        log = try LineLog()
        let pipe = try Descriptors.pipe()
        input = pipe.write
        process = try ChildProcess(
            Programs.python, [Programs.script(script)] + arguments,
            environment: Command.environment(environment.merging(["PYTHONDONTWRITEBYTECODE": "1"]) { own, _ in own }),
            input: pipe.read, output: log.writeEnd, error: log.writeEnd)
        close(pipe.read)
        close(log.writeEnd)
    }

    /// One that logs in as a user.
    convenience init(_ script: String, _ user: TestUser, of daemon: Daemon, _ arguments: [String] = []) throws {
        try self.init(
            script, arguments: ["127.0.0.1", "\(daemon.sftpPort)", user.username] + arguments,
            environment: ["BERTH_TEST_PASSWORD": user.password])
    }

    deinit {
        process.end()
        close(input)
    }

    /// Lets the script go on behind its next wait.
    func goOn() { _ = Glibc.write(input, "\n", 1) }
}

extension Programs {
    /// The path of a script of Tests/Integration/Clients.
    static func script(_ name: String) -> String {
        URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Clients/\(name)").path
    }
}
