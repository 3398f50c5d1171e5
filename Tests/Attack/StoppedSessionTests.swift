import Foundation
import Glibc
import ServiceTestSupport
import Testing

extension Attack {
    /// A session's process that does nothing any more (SIGSTOP), or heeds nobody: its end is the listener's to bring about, not
    /// its own.
    @Suite struct StoppedSessionTests {
        /// How far a session is when it stops.
        enum Stage: CaseIterable {
            case beforeLogin, afterLogin, inATransfer
        }

        private struct Session {
            let pid: pid_t
            let connection: TCPConnection?
            let client: OpenSFTP?

            /// Whether process and connection end within the time.
            func ends(seconds: Double) -> Bool {
                let began = Date()
                guard ProcessTable.waitForEnd(of: pid, seconds: seconds) else { return false }
                let left = max(0.5, seconds + began.timeIntervalSinceNow)
                return connection?.readToEnd(seconds: left) != nil || client?.isDisconnected(seconds: left) == true
            }
        }

        /// A session that was stopped.
        private func stopped(_ stage: Stage, _ daemon: Daemon, _ user: TestUser) throws -> Session {
            let session = try begun(stage, daemon, user)
            kill(session.pid, SIGSTOP)
            return session
        }

        private func begun(_ stage: Stage, _ daemon: Daemon, _ user: TestUser) throws -> Session {
            let watch = try #require(daemon.watch)
            guard stage != .beforeLogin else {
                let (connection, pid) = try watch.session {
                    let connection = try TCPConnection(port: daemon.sftpPort)
                    #expect(eventually(seconds: 5) { watch.sessions.count == 1 })
                    return connection
                }
                return Session(pid: try #require(pid), connection: connection, client: nil)
            }
            let (client, pid) = try watch.session {
                try daemon.client(user).open(arguments: ["-l", "4000", "-B", "16384"])
            }
            if stage == .inATransfer {
                let (local, _) = try daemon.workspace.makeFile("file", bytes: 4_000_000)
                client.type("put \(local) file")
                let remote = "\(daemon.home(of: user))/file"
                #expect(eventually(seconds: 10) { (try? Data(contentsOf: URL(filePath: remote)).isEmpty) == false })
            }
            return Session(pid: try #require(pid), connection: nil, client: client)
        }

        @Test func `it meets the login grace time`() throws {
            let daemon = try Daemon(settings: ["BERTHD_SFTP_LOGIN_GRACE_SECONDS": "1"])
            let user = try daemon.api.createUser(home: "/a")
            let session = try stopped(.beforeLogin, daemon, user)
            #expect(session.ends(seconds: 4), "\(daemon.log.text)")
            #expect(
                daemon.log.waitForLine { $0.contains("session ended") && $0.contains("login grace time") } != nil,
                "\(daemon.log.text)")
        }

        @Test(arguments: [Stage.afterLogin, .inATransfer])
        func `it meets the deletion of its user within a second`(stage: Stage) throws {
            let daemon = try Daemon()
            let user = try daemon.api.createUser(home: "/a")
            let session = try stopped(stage, daemon, user)
            let began = ContinuousClock.now
            #expect(try daemon.api.deleteUser(user.username).status == 204)
            #expect(session.ends(seconds: 1), "\(daemon.log.text)")
            #expect(ContinuousClock.now - began < .seconds(1.5))
        }

        @Test(arguments: Stage.allCases)
        func `it meets the end of the service`(stage: Stage) throws {
            let daemon = try Daemon(settings: ["BERTHD_SFTP_SHUTDOWN_GRACE_SECONDS": "1"])
            let user = try daemon.api.createUser(home: "/a")
            let session = try stopped(stage, daemon, user)
            #expect(daemon.stop(seconds: 8) == 0, "\(daemon.log.text)")
            #expect(session.ends(seconds: 1))
            // Not by the broker, which kills a listener that waits for its sessions for too long, and them with it.
            #expect(!daemon.log.text.contains("the listener does not end"), "\(daemon.log.text)")
            let ended = daemon.log.lines.last { $0.contains(" session ended ") }
            #expect(ended?.contains("reason=\"service stopped\"") == true, "\(daemon.log.text)")
        }

        @Test(arguments: Stage.allCases)
        func `it ends with its listener, however that ends`(stage: Stage) throws {
            let daemon = try Daemon()
            let user = try daemon.api.createUser(home: "/a")
            let session = try stopped(stage, daemon, user)
            kill(try #require(daemon.listener), SIGKILL)
            #expect(session.ends(seconds: 3), "\(daemon.log.text)")
        }

        /// The kernel ends a stopped process that becomes an orphan (SIGHUP, for its process group), and a session ends itself
        /// when the broker hangs up. This one runs, and the broker, stopped, keeps its end open.
        @Test(arguments: Stage.allCases)
        func `it ends with its listener, though it was not stopped and the broker keeps the line open`(
            stage: Stage
        ) throws {
            let daemon = try Daemon()
            let user = try daemon.api.createUser(home: "/a")
            let session = try begun(stage, daemon, user)
            let listener = try #require(daemon.listener)
            daemon.process.signal(SIGSTOP)
            defer { daemon.process.signal(SIGCONT) }
            kill(listener, SIGKILL)
            #expect(session.ends(seconds: 3), "\(daemon.log.text)")
        }

        @Test func `it meets its deletion under a listener that took over from itself after it stopped`() throws {
            let daemon = try Daemon()
            let user = try daemon.api.createUser(home: "/a")
            let session = try stopped(.inATransfer, daemon, user)
            let watch = try #require(daemon.watch)
            kill(watch.pid, SIGHUP)
            #expect(watch.waitForTakeover(), "\(daemon.log.text)")
            #expect(try daemon.api.deleteUser(user.username).status == 204)
            #expect(session.ends(seconds: 1), "\(daemon.log.text)")
        }
    }
}
