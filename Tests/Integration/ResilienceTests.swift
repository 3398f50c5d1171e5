import Foundation
import Glibc
import ServiceTestSupport
import Testing

extension Integration {
    /// What the planes do while something beside them hangs, is locked, or is not there.
    @Suite struct ResilienceTests {
        @Test
        func `without a data plane the API answers that it is not ready, makes no users, and stops in good order`()
            throws
        {
            let workspace = try Workspace()
            let daemon = try Daemon(
                settings: ["BERTHD_SFTP_CONTROL_SOCKET": workspace.file("control.sock")], awaitsReadiness: false)
            var probe = daemon.api
            probe.version = ""
            #expect(try probe.send("GET", "/healthz").status == 200)
            let readiness = try probe.send("GET", "/readyz")
            #expect(readiness.status == 503 && readiness.body.contains("SFTP listener"), "\(readiness)")
            let refused = try daemon.api.send("POST", "/users", body: #"{"homeDirectory": "/a", "description": "x"}"#)
            #expect(refused.status == 503 && refused.code == "ServiceUnavailableException")
            #expect(daemon.stop(seconds: 5) == 0, "\(daemon.log.text)")
        }

        @Test func `SIGHUP means nothing to the control plane`() throws {
            let daemon = try Daemon()
            let user = try daemon.api.createUser(home: "/a")
            daemon.process.signal(SIGHUP)
            #expect(try daemon.client(user).sftp(["pwd"]).status == 0)
            #expect(daemon.process.isRunning)
        }

        @Test func `a client of the API that does not finish its request holds no stop up`() throws {
            let daemon = try Daemon(settings: ["BERTHD_SFTP_SHUTDOWN_GRACE_SECONDS": "1"])
            let connection = try TCPConnection(port: daemon.apiPort)
            connection.send(
                "POST /2022-04-01/users HTTP/1.1\r\nHost: x\r\nAuthorization: Key \(daemon.apiKey)\r\n"
                    + "Content-Length: 50\r\n\r\n{\"a")
            daemon.process.signal(SIGTERM)
            #expect(eventually(seconds: 3) { (try? TCPConnection(port: daemon.sftpPort)) == nil })
            #expect(daemon.process.wait(seconds: 15) == 0, "\(daemon.log.text)")
            _ = connection
        }

        @Test func `a listener that hangs is seen by readyz, and killed when the service stops`() throws {
            let daemon = try Daemon(settings: ["BERTHD_SFTP_SHUTDOWN_GRACE_SECONDS": "1"])
            var probe = daemon.api
            probe.version = ""
            let listener = try #require(daemon.listener)
            kill(listener, SIGSTOP)
            #expect(eventually(seconds: 15) { (try? probe.send("GET", "/readyz").status) == 503 })
            kill(listener, SIGCONT)
            #expect(eventually(seconds: 15) { (try? probe.send("GET", "/readyz").status) == 200 })
            kill(listener, SIGSTOP)
            #expect(daemon.stop(seconds: 15) == 0, "\(daemon.log.text)")
            #expect(ProcessTable.waitForEnd(of: listener, seconds: 5))
        }

        @Test func `a registry that another process holds locked keeps nobody out, and the day is noted later`() throws
        {
            let daemon = try Daemon()
            let user = try daemon.api.createUser(home: "/a")
            let lock = try LockedDatabase(path: daemon.data + "/berth.sqlite")
            let start = ContinuousClock.now
            #expect(try daemon.client(user).sftp(["pwd"]).status == 0)
            #expect(ContinuousClock.now - start < .seconds(3))
            #expect(try daemon.api.readUser(user.username).json["lastConnectedDate"] == nil)
            lock.release()
            #expect(
                eventually(seconds: 15) {
                    (try? daemon.api.readUser(user.username).json["lastConnectedDate"]) as? String != nil
                })
        }

        @Test(.enabled(if: getuid() == 0, "only root may give files to any group"))
        func `store.group reaches the files of partners, whatever the umask, also when it is set later`() throws {
            let before = umask(0o077)
            defer { umask(before) }
            let first = try Daemon()
            _ = try first.api.createUser(home: "/old")
            #expect(first.stop() == 0)
            let group = try #require(getgrnam("users")).pointee.gr_gid
            let daemon = try Daemon(settings: ["BERTHD_STORE_GROUP": "users"], after: first)
            let user = try daemon.api.createUser(home: "/in/acme")
            let (local, _) = try daemon.workspace.makeFile("file", bytes: 10)
            // The client asks for the mode that the file has on its side.
            chmod(local, 0o644)
            #expect(try daemon.client(user).sftp(["mkdir d", "put \(local) d/file"]).status == 0)
            let home = daemon.home(of: user)
            for path in [daemon.data, "\(daemon.data)/buckets"] { #expect(mode(of: path) & 0o001 != 0, "\(path)") }
            for path in ["\(home)/..", home, "\(home)/d"] {
                #expect(self.group(of: path) == group && mode(of: path) & 0o2050 == 0o2050, "\(path)")
            }
            #expect(self.group(of: "\(home)/d/file") == group && mode(of: "\(home)/d/file") & 0o040 != 0)
        }

        private func mode(of path: String) -> mode_t {
            var status = stat()
            return stat(path, &status) == 0 ? status.st_mode : 0
        }

        private func group(of path: String) -> gid_t? {
            var status = stat()
            return stat(path, &status) == 0 ? status.st_gid : nil
        }
    }
}

/// A database that a process of its own holds a write lock on.
private final class LockedDatabase {
    private let process: ChildProcess
    private let log: LineLog

    init(path: String) throws {
        log = try LineLog()
        let program = """
            import sqlite3, sys, time
            database = sqlite3.connect(sys.argv[1], isolation_level=None)
            database.execute("BEGIN IMMEDIATE")
            print("locked", file=sys.stderr, flush=True)
            time.sleep(60)
            """
        let nothing = open("/dev/null", O_RDWR | O_CLOEXEC)
        defer { close(nothing) }
        process = try ChildProcess(
            "/usr/bin/python3", ["-c", program, path], environment: Command.environment(), input: nothing,
            output: nothing, error: log.writeEnd)
        close(log.writeEnd)
        guard log.waitForLine(from: 0, where: { $0 == "locked" }) != nil else {
            throw Daemon.NotReady(description: "the database was not locked: \(log.text)")
        }
    }

    func release() { process.end() }

    deinit { process.end() }
}
