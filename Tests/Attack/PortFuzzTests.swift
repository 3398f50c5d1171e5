import Foundation
import ServiceTestSupport
import Testing

extension Attack {
    /// The fuzzers of the ports and of the control link (`scripts/fuzz ssh`, `http`, `control`) for some seconds, each time
    /// with the same seed.
    @Suite struct PortFuzzTests {
        /// Runs a script of Tests/Fuzz/Ports, which must be content.
        private func run(
            _ target: String, seconds: Int, atMost limit: Double, _ daemon: Daemon, _ user: TestUser,
            _ environment: [String: String]
        ) throws {
            let script = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
                .appending(path: "Fuzz/Ports/\(target).py").path
            let partner = ["BERTH_TEST_USER": user.username, "BERTH_TEST_PASSWORD": user.password]
            let result = try Command.run(
                Programs.python, ["-B", script, "\(seconds)", "20261124"],
                environment: partner.merging(environment) { $1 }, seconds: limit)
            #expect(result.status == 0, "\(result.output)\n\(result.error)\n\(daemon.log.lines.suffix(20))")
        }

        private func fuzz(_ target: String, seconds: Int) throws -> LineLog {
            // At the limit of users no request can make one.
            let daemon = try Daemon(settings: ["BERTHD_API_MAX_USERS": "1"])
            let user = try daemon.api.createUser(home: "/a")
            let listener = try #require(daemon.listener)
            try run(
                target, seconds: seconds, atMost: 200, daemon, user,
                [
                    "BERTH_TEST_PIDS": "\(daemon.process.pid) \(listener)",
                    "BERTH_TEST_PORTS": "\(daemon.sftpPort) \(daemon.apiPort)", "BERTH_TEST_KEY": daemon.apiKey,
                    "BERTH_FUZZ_SETTLE_SECONDS": "0",
                ])
            #expect(daemon.process.isRunning && daemon.listener == listener)
            let died = daemon.log.lines.filter { $0.contains("session died") }
            #expect(died.isEmpty, "\(died)")
            #expect(try daemon.api.allUsers().count == 1)
            return daemon.log
        }

        @Test func `changed handshakes and packets end their own connection at most`() throws {
            _ = try fuzz("ssh", seconds: 15)
        }

        @Test func `changed requests get their error, and nothing else changes`() throws {
            let log = try fuzz("http", seconds: 10)
            // What it sends is accepted at times, so that more is reached than what refuses it.
            #expect(log.text.contains("user may log in with weak algorithms from now on"))
        }

        @Test func `sessions that say anything in any order are granted nothing without the password`() throws {
            let first = try Daemon()
            let user = try first.api.createUser(home: "/a")
            #expect(first.stop() == 0)
            let socket = first.workspace.file("control.sock")
            // This script is the listener.
            let daemon = try Daemon(
                settings: ["BERTHD_SFTP_CONTROL_SOCKET": socket], after: first, awaitsReadiness: false)
            try run(
                "control", seconds: 6, atMost: 100, daemon, user,
                ["BERTH_TEST_PIDS": "\(daemon.process.pid)", "BERTH_TEST_CONTROL": socket])
            #expect(daemon.process.isRunning)
            #expect(!daemon.log.text.contains(user.password))
        }
    }
}
