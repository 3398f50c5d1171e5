import Foundation
import Glibc
import ServiceTestSupport
import Testing

extension Integration {
    /// Files and directories that others could read or change stop the start, with the command that mends it.
    @Suite struct PlaceTests {
        /// Starts a daemon on the data of one that has stopped, and gives what it said; nil when it became ready.
        private func refusal(_ before: Daemon) throws -> String? {
            let environment = [
                "BERTHD_DATA": before.data, "BERTHD_API_LISTEN": "127.0.0.1:\(try FreePort.next())",
                "BERTHD_SFTP_LISTEN": "127.0.0.1:\(try FreePort.next())",
            ]
            let run = try Command.run(Programs.berthd, ["run"], environment: environment, seconds: 20)
            return run.status.map { $0 != 0 && $0 < 128 ? run.error : "status \($0)" }
        }

        @Test(arguments: [
            ("", 0o777 as mode_t, "0755"), ("berth.sqlite", 0o644, "0600"), ("berth.sqlite", 0o660, "0600"),
            ("berth.sqlite-wal", 0o640, "0600"), ("host_keys", 0o733, "0711"),
            ("host_keys/ssh_host_rsa_key", 0o640, "0600"), ("host_keys/ssh_host_ed25519_key", 0o604, "0600"),
        ])
        func `what others could read or change is named with the mode it should have`(
            name: String, mode: mode_t, allowed: String
        ) throws {
            let daemon = try Daemon()
            // A crash leaves the WAL.
            daemon.crash()
            let path = name.isEmpty ? daemon.data : "\(daemon.data)/\(name)"
            #expect(chmod(path, mode) == 0)
            let said = try #require(try refusal(daemon), "it started all the same")
            #expect(said.contains("\(path) has mode 0\(String(mode, radix: 8))"), "\(said)")
            #expect(said.contains("chmod \(allowed) \(path)"), "\(said)")
            #expect(chmod(path, mode_t(allowed, radix: 8) ?? 0) == 0)
            let mended = try Daemon(after: daemon)
            #expect(try mended.api.send("GET", "/users").status == 200)
        }

        @Test(.enabled(if: geteuid() == 0), arguments: ["", "berth.sqlite", "host_keys", "host_keys/ssh_host_rsa_key"])
        func `what belongs to somebody else is named with the command that mends it`(name: String) throws {
            let daemon = try Daemon()
            daemon.crash()
            let path = name.isEmpty ? daemon.data : "\(daemon.data)/\(name)"
            #expect(chown(path, 4_242, 4_242) == 0)
            let said = try #require(try refusal(daemon), "it started all the same")
            #expect(said.contains("\(path) belongs to user id 4242") && said.contains("chown 0 \(path)"), "\(said)")
        }

        @Test func `a database that is a link is refused`() throws {
            let daemon = try Daemon()
            #expect(daemon.stop() == 0)
            let path = "\(daemon.data)/berth.sqlite"
            #expect(rename(path, "\(path).moved") == 0 && symlink("berth.sqlite.moved", path) == 0)
            #expect(try refusal(daemon)?.contains("\(path) is a symbolic link") == true)
            let listed = try Command.run(Programs.berthd, ["api-key", "list", "--data", daemon.data])
            #expect(listed.status == 1 && listed.error.contains("is a symbolic link"), "\(listed)")
        }

        @Test func `the control socket's directory is no one else's to change`() throws {
            let workspace = try Workspace()
            #expect(chmod(workspace.path, 0o777) == 0)
            let run = try Command.run(
                Programs.berthd, ["run"],
                environment: [
                    "BERTHD_DATA": workspace.file("data"), "BERTHD_API_LISTEN": "127.0.0.1:\(try FreePort.next())",
                    "BERTHD_SFTP_CONTROL_SOCKET": workspace.file("control.sock"),
                ])
            #expect(run.status == 1 && run.error.contains("chmod 0755 \(workspace.path)"), "\(run)")
        }
    }
}
