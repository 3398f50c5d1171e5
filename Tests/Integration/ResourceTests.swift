import Foundation
import Glibc
import ServiceTestSupport
import Testing

extension Integration {
    /// What sessions and the listener hold, and what they may not have.
    @Suite struct ResourceTests {
        @Test func `closed channels of a connection leave nothing behind`() throws {
            let daemon = try Daemon()
            let user = try daemon.api.createUser(home: "/a")
            let client = try SteppedClient("many_channels.py", user, of: daemon)
            #expect(client.log.waitForLine(containing: "ready", seconds: 60) != nil, "\(client.log.text)")
            let listener = try #require(daemon.listener)
            let session = try #require(ProcessTable.children(of: listener).first)
            #expect(try descriptors(of: session).count < 20)
            client.goOn()
            #expect(client.process.wait(seconds: 20) == 0, "\(client.log.text)")
        }

        @Test func `a listener has no descriptor of berthd, the first one and the one after it`() throws {
            let daemon = try Daemon()
            for _ in 0..<2 {
                let listener = try #require(daemon.listener)
                let open = try descriptors(of: listener)
                #expect(open.count { $0.contains("eventpoll") } == 1, "\(open)")
                // Standard streams, the control link, and the one that it listens on.
                #expect(open.count { $0.contains("socket:") } == 2, "\(open)")
                #expect(!open.contains { $0.contains("berth.sqlite") }, "\(open)")
                let start = daemon.log.lines.count
                // A connection of the API is open while the next one is started.
                let connection = try TCPConnection(port: daemon.apiPort)
                connection.send("GET /healthz HTTP/1.1\r\nHost: x\r\n")
                kill(listener, SIGKILL)
                let line = daemon.log.waitForLine(from: start) {
                    $0.contains(" listening") && $0.contains("plane=sftp")
                }
                #expect(line != nil, "\(daemon.log.text)")
                _ = connection
            }
        }

        @Test func `a login that began before a restart of berthd goes on after it`() throws {
            let data = try DataPlane()
            let first = try Daemon(settings: data.settings, dataPlane: data)
            let user = try first.api.createUser(home: "/a")
            let client = try SteppedClient("login_across_restart.py", user, of: first)
            #expect(client.log.waitForLine(containing: "denied") != nil, "\(client.log.text)")
            first.crash()
            let second = try Daemon(after: first)
            client.goOn()
            #expect(client.process.wait(seconds: 30) == 0, "\(client.log.text)\n\(second.log.text)")
            #expect(!second.log.text.contains("broke the rules"), "\(second.log.text)")
        }

        @Test(.enabled(if: Unprivileged.isPossible, "needs root, and programs that other users can run"))
        func `without privileges and without an entry in passwd everything works, and no partner locks itself out`()
            throws
        {
            let daemon = try Daemon(tracer: Unprivileged.command)
            let outer = try daemon.api.createUser(home: "/a")
            let inner = try daemon.api.createUser(home: "/a/b")
            let (local, bytes) = try daemon.workspace.makeFile("file", bytes: 100_000)
            #expect(try daemon.client(inner).sftp(["put \(local) file", "get file \(local).back"]).status == 0)
            #expect(try Data(contentsOf: URL(fileURLWithPath: "\(local).back")) == bytes)
            #expect(try daemon.client(outer).sftp(["chmod 000 ."]).status == 0)
            #expect(try daemon.client(inner).sftp(["ls file"]).status == 0, "\(daemon.log.text)")
            #expect(try daemon.client(outer).sftp(["chmod 000 b", "chmod 000 ."]).status == 0, "\(daemon.log.text)")
            #expect(try daemon.client(inner).sftp(["ls file"]).status == 0, "\(daemon.log.text)")
            #expect(try daemon.client(outer).sftp(["chmod 000 ."]).status == 0, "\(daemon.log.text)")
            let third = try daemon.api.createUser(home: "/a/c")
            #expect(try daemon.client(third).sftp(["pwd"]).status == 0, "\(daemon.log.text)")
            #expect(daemon.log.text.contains("layers=openat2,chroot,landlock"), "\(daemon.log.text)")
        }

        @Test(arguments: ["644", "600", "111", "000"])
        func `whatever mode a partner gives its home, it gets in again`(mode: String) throws {
            let daemon = try Daemon()
            let user = try daemon.api.createUser(home: "/a")
            #expect(try daemon.client(user).sftp(["mkdir b", "chmod \(mode) ."]).status == 0)
            let again = try daemon.client(user).sftp(["ls b", "chmod \(mode) ."])
            #expect(again.status == 0, "\(again)\n\(daemon.log.text)")
            #expect(try daemon.client(user).sftp(["rmdir b"]).status == 0)
        }

        private func descriptors(of pid: pid_t) throws -> [String] {
            try FileManager.default.contentsOfDirectory(atPath: "/proc/\(pid)/fd").compactMap {
                try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(pid)/fd/\($0)")
            }
        }
    }
}

/// A user that this machine does not know.
private enum Unprivileged {
    private static let identity = ["--reuid=54321", "--regid=54321", "--clear-groups"]

    /// Gives the data directory, and what is beside it, to that user, and runs a program as it.
    static let command = [
        "/bin/sh", "-c",
        "chown -R 54321:54321 \"$BERTHD_DATA/..\" && exec setpriv \(identity.joined(separator: " ")) \"$@\"",
        "sh",
    ]

    static var isPossible: Bool {
        guard getuid() == 0 else { return false }
        let arguments = identity + ["/usr/bin/test", "-x", Programs.berthd]
        return (try? Command.run("setpriv", arguments))?.status == 0
    }
}
