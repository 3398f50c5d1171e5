import Foundation
import Glibc
import ServiceTestSupport
import Testing

extension Integration {
    /// Deleting a user ends its sessions within a second, whatever they are at; when the deletion is answered they are over.
    @Suite struct DeletionTests {
        /// The session's process.
        private func session(_ daemon: Daemon) throws -> pid_t {
            let listener = try #require(daemon.listener)
            return try #require(ProcessTable.children(of: listener).first)
        }

        /// Deletes and checks that the session was over when the answer came.
        private func delete(_ user: TestUser, _ daemon: Daemon, session: pid_t) throws {
            let called = ContinuousClock.now
            #expect(try daemon.api.deleteUser(user.username).status == 204)
            let isAlive = ProcessTable.isAlive(session)
            let taken = ContinuousClock.now - called
            #expect(!isAlive, "the session still runs: \(daemon.log.text)")
            #expect(taken < .seconds(1.3), "\(taken)")
            #expect(!daemon.log.text.contains("have not ended in time"), "\(daemon.log.text)")
        }

        @Test func `an upload stops`() throws {
            let daemon = try Daemon()
            let user = try daemon.api.createUser(home: "/a")
            let (local, _) = try daemon.workspace.makeFile("file", bytes: 40_000_000)
            let client = try daemon.client(user).open(arguments: ["-l", "80000"])
            let process = try session(daemon)
            client.type("put \(local) file")
            let remote = "\(daemon.home(of: user))/file"
            #expect(eventually(seconds: 10) { size(of: remote) > 100_000 })
            try delete(user, daemon, session: process)
            let then = size(of: remote)
            #expect(then < 40_000_000 && client.isDisconnected(seconds: 1.5))
            #expect(size(of: remote) == then)
        }

        @Test func `a download stops`() throws {
            let daemon = try Daemon()
            let user = try daemon.api.createUser(home: "/a")
            let (_, data) = try daemon.workspace.makeFile("file", bytes: 40_000_000)
            try data.write(to: URL(fileURLWithPath: "\(daemon.home(of: user))/file"))
            let client = try daemon.client(user).open(arguments: ["-l", "80000"])
            let process = try session(daemon)
            let local = daemon.workspace.file("back")
            client.type("get file \(local)")
            #expect(eventually(seconds: 10) { size(of: local) > 100_000 })
            try delete(user, daemon, session: process)
            #expect(client.isDisconnected(seconds: 1.5) && size(of: local) < data.count)
        }

        @Test func `a copy within the server that takes long stops`() throws {
            let daemon = try Daemon()
            let user = try daemon.api.createUser(home: "/a")
            let home = daemon.home(of: user)
            #expect(FileManager.default.createFile(atPath: "\(home)/from", contents: nil))
            #expect(truncate("\(home)/from", 40 << 30) == 0)
            let client = try daemon.client(user).open()
            let process = try session(daemon)
            client.type("copy from to")
            #expect(eventually(seconds: 10) { size(of: "\(home)/to") > 8 << 20 })
            try delete(user, daemon, session: process)
            let then = size(of: "\(home)/to")
            #expect(then < 40 << 30)
            // The client tells its end in other words here.
            #expect(client.output.waitForLine(seconds: 1.5) { $0.contains("losed") } != nil, "\(client.output.text)")
            #expect(size(of: "\(home)/to") == then)
        }

        @Test func `a session that heeds nothing any more is killed`() throws {
            let daemon = try Daemon()
            let user = try daemon.api.createUser(home: "/a")
            let client = try daemon.client(user).open()
            let process = try session(daemon)
            kill(process, SIGSTOP)
            try delete(user, daemon, session: process)
            #expect(client.isDisconnected(seconds: 1.5))
        }

        @Test func `nobody logs in or is answered after the deletion, however many try`() throws {
            let daemon = try Daemon(settings: ["BERTHD_SFTP_MAX_SESSIONS_PER_ADDRESS": "200"])
            let rounds = Int(ProcessInfo.processInfo.environment["BERTH_TEST_DELETIONS"] ?? "") ?? 8
            let run = try Command.run(
                Programs.python,
                [script("deletion_race.py"), "127.0.0.1", "\(daemon.sftpPort)", "\(daemon.apiPort)", "\(rounds)", "6"],
                environment: ["BERTH_TEST_KEY": daemon.apiKey], seconds: 30 + 10 * Double(rounds))
            #expect(run.status == 0, "\(run)\n\(daemon.log.text)")
            let figures = run.output.split(separator: "\n").map { $0.split(separator: " ").compactMap { Int($0) } }
            #expect(figures.count == rounds && figures.allSatisfy { $0.count == 5 && $0[0] > 0 }, "\(run.output)")
            #expect(figures.contains { $0[2] > 0 }, "no login came after a deletion: \(run.output)")
        }

        /// One of the programs in `Clients`.
        private func script(_ name: String) -> String {
            URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Clients/\(name)").path
        }
    }
}
