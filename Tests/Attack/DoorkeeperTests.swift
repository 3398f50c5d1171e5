import Foundation
import Glibc
import ServiceTestSupport
import Testing

extension Attack {
    /// The process that lets a session into its home.
    @Suite struct DoorkeeperTests {
        /// A connection that has not logged in, its session and that one's doorkeeper.
        private struct Waiting {
            let connection: TCPConnection
            let session: pid_t
            let doorkeeper: pid_t

            init(_ daemon: Daemon) throws {
                let watch = try #require(daemon.watch)
                let (connection, pid) = try watch.session {
                    let connection = try TCPConnection(port: daemon.sftpPort)
                    #expect(eventually(seconds: 5) { watch.sessions.count == 1 })
                    return connection
                }
                self.connection = connection
                let session = try #require(pid)
                self.session = session
                #expect(eventually(seconds: 5) { !ProcessTable.children(of: session).isEmpty })
                let doorkeeper = try #require(ProcessTable.children(of: session).first)
                self.doorkeeper = doorkeeper
                // The last step of either.
                for process in [session, doorkeeper] {
                    #expect(eventually(seconds: 5) { Self.field("Seccomp", of: process) == "2" })
                }
            }

            /// A line of /proc/PID/status.
            static func field(_ name: String, of pid: pid_t) -> String? {
                let status = (try? String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8)) ?? ""
                return status.split(separator: "\n").first { $0.hasPrefix("\(name):") }?
                    .split(whereSeparator: \.isWhitespace).last.map(String.init)
            }
        }

        @Test func `it has one capability and two sockets, and its session has none`() throws {
            let daemon = try Daemon()
            let waiting = try Waiting(daemon)
            // CAP_SYS_CHROOT is number 18.
            #expect(Waiting.field("CapEff", of: waiting.doorkeeper) == "0000000000040000")
            #expect(Waiting.field("CapPrm", of: waiting.doorkeeper) == "0000000000040000")
            #expect(Waiting.field("CapEff", of: waiting.session) == "0000000000000000")
            #expect(Waiting.field("CapPrm", of: waiting.session) == "0000000000000000")
            for process in [waiting.doorkeeper, waiting.session] {
                #expect(Waiting.field("NoNewPrivs", of: process) == "1")
                #expect(Waiting.field("Seccomp", of: process) == "2")
            }
            let directory = "/proc/\(waiting.doorkeeper)/fd"
            let held = try FileManager.default.contentsOfDirectory(atPath: directory).map {
                try FileManager.default.destinationOfSymbolicLink(atPath: "\(directory)/\($0)")
            }
            #expect(held.count { $0.hasPrefix("socket:") } == 2 && held.count { $0.hasPrefix("pipe:") } == 2, "\(held)")
            #expect(held.count == 5 && held.contains("/dev/null"), "\(held)")
        }

        @Test func `it ends with the login, and leaves nothing behind`() throws {
            let daemon = try Daemon()
            let watch = try #require(daemon.watch)
            let user = try daemon.api.createUser(home: "/a")
            let (client, pid) = try watch.session { try daemon.client(user).open() }
            #expect(client.answers())
            #expect(try eventually(seconds: 5) { try ProcessTable.children(of: #require(pid)).isEmpty })
            #expect(client.finish() == 0)
            #expect(eventually(seconds: 5) { watch.sessions.isEmpty })
        }

        /// Whoever ends first, and however: nothing of it stays, and no zombie, whether or not the first process of the system
        /// waits for strangers.
        @Test func `it ends with its session, even when it was stopped`() throws {
            let daemon = try Daemon(settings: ["BERTHD_SFTP_LOGIN_GRACE_SECONDS": "1"])
            let watch = try #require(daemon.watch)
            let waiting = try Waiting(daemon)
            kill(waiting.doorkeeper, SIGSTOP)
            #expect(ProcessTable.waitForEnd(of: waiting.session, seconds: 4), "\(daemon.log.text)")
            #expect(ProcessTable.waitForEnd(of: waiting.doorkeeper, seconds: 1))
            #expect(waiting.connection.readToEnd(seconds: 1) != nil)
            #expect(eventually(seconds: 5) { watch.sessions.isEmpty })
            #expect(eventually(seconds: 5) { !FileManager.default.fileExists(atPath: "/proc/\(waiting.doorkeeper)") })
        }

        /// It ends with its session, and passes on what that said before: who came, and why the session ended.
        @Test func `what a session says last reaches the log, though it ends at once`() throws {
            let daemon = try Daemon(settings: ["BERTHD_LOG_LEVEL": "debug"])
            let count = 60
            for _ in 0..<count {
                let connection = try TCPConnection(port: daemon.sftpPort)
                #expect(connection.receive(seconds: 5) != nil)
                connection.send("SSH-2.0-leaves\r\n")
            }
            func ends() -> [String] { daemon.log.lines.filter { $0.contains("session ended") } }
            #expect(eventually(seconds: 10) { ends().count == count }, "\(ends().count)")
            let complete = ends().filter {
                $0.contains("client=SSH-2.0-leaves") && $0.contains("reason=\"client left\"")
            }
            #expect(complete.count == count, "\(ends().filter { !complete.contains($0) })")
        }

        @Test func `without it nobody logs in, and others are not touched`() throws {
            let daemon = try Daemon()
            let user = try daemon.api.createUser(home: "/a")
            let waiting = try Waiting(daemon)
            kill(waiting.doorkeeper, SIGKILL)
            #expect(waiting.connection.readToEnd(seconds: 5) != nil, "\(daemon.log.text)")
            #expect(ProcessTable.waitForEnd(of: waiting.session, seconds: 1))
            #expect(try daemon.client(user).sftp(["pwd"]).status == 0)
        }
    }
}
