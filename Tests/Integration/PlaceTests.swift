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

        /// A daemon that has stopped, its data moved to `below/data` of its workspace.
        private func stoppedDaemon(below: String) throws -> (daemon: Daemon, data: String) {
            let daemon = try Daemon()
            #expect(daemon.stop() == 0)
            let directory = daemon.workspace.file(below)
            try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
            #expect(rename(daemon.data, "\(directory)/data") == 0)
            return (daemon, "\(directory)/data")
        }

        /// Starts a daemon on moved data and gives what it said and when it was refused; nil when it got past the checks.
        private func refusal(_ moved: (daemon: Daemon, data: String), launcher: [String] = []) throws -> String? {
            // What comes behind the checks fails: the port is taken.
            let taken = try TakenPort()
            let command = launcher + [Programs.berthd, "run"]
            let run = try Command.run(
                command[0], Array(command.dropFirst()),
                environment: [
                    "BERTHD_DATA": moved.data, "BERTHD_API_LISTEN": "127.0.0.1:\(taken.port)",
                    "BERTHD_SFTP_LISTEN": "127.0.0.1:\(taken.port)",
                ])
            #expect(run.status.map { $0 != 0 && $0 < 128 } == true, "\(run)")
            return run.error.contains(" starting ") ? nil : run.error
        }

        @Test(arguments: [("outer", 0o777 as mode_t, "0755"), ("outer/inner", 0o775, "0755"), ("outer", 0o733, "0711")])
        func `a directory above the data that others could change is named with the mode it should have`(
            name: String, mode: mode_t, allowed: String
        ) throws {
            let moved = try stoppedDaemon(below: "outer/inner")
            let directory = moved.daemon.workspace.file(name)
            #expect(chmod(directory, mode) == 0 && chown(directory, geteuid(), 65_534) == 0)
            let said = try #require(try refusal(moved), "it started all the same")
            #expect(said.contains("\(directory) has mode 0\(String(mode, radix: 8))"), "\(said)")
            #expect(said.contains("in the place of \(moved.data)") && said.contains("the sticky bit"), "\(said)")
            #expect(said.contains("chmod \(allowed) \(directory)"), "\(said)")
            #expect(chmod(directory, mode | S_ISVTX) == 0)
            #expect(try refusal(moved) == nil)
            #expect(chmod(directory, mode_t(allowed, radix: 8) ?? 0) == 0)
            #expect(try refusal(moved) == nil)
        }

        @Test(arguments: ["host_keys", "buckets"])
        func `a link in the data leads through directories that others could not change either`(name: String) throws {
            let moved = try stoppedDaemon(below: "inner")
            let outer = moved.daemon.workspace.file("outer")
            #expect(mkdir(outer, 0o700) == 0 && rename("\(moved.data)/\(name)", "\(outer)/x") == 0)
            #expect(symlink("\(outer)/x", "\(moved.data)/\(name)") == 0)
            #expect(try refusal(moved) == nil)
            #expect(chmod(outer, 0o707) == 0)
            #expect(try refusal(moved)?.contains("chmod 0705 \(outer)") == true)
        }

        @Test(.enabled(if: geteuid() == 0))
        func `a directory above may be writable for a group that is its owner's own`() throws {
            let moved = try stoppedDaemon(below: "outer")
            let place = moved.daemon.workspace
            #expect(chmod(place.file("outer"), 0o775) == 0 && chown(place.file("outer"), 0, 0) == 0)
            let other = "other:x:4242:4242::/:/bin/false\n", root = "root:x:0:0::/:/bin/sh\n"
            for (users, groups, isFine) in [
                (root + other, "root:x:0:\nother:x:4242:\n", true), (root + other, "root:x:0:root\n", true),
                (root + other, "root:x:0:other\n", false), (root + other, "root:x:0:root,other\n", false),
                (root + "other:x:4242:0::/:/bin/false\n", "root:x:0:\n", false),
            ] {
                let passwd = try place.write("passwd", Data(users.utf8), mode: 0o644)
                let group = try place.write("group", Data(groups.utf8), mode: 0o644)
                let said = try refusal(
                    moved,
                    launcher: [
                        "unshare", "--mount", "--propagation", "private", "sh", "-c",
                        "mount --bind \(passwd) /etc/passwd && mount --bind \(group) /etc/group && exec \"$@\"", "sh",
                    ])
                #expect((said == nil) == isFine, "\(users)\(groups)\(said ?? "")")
                #expect(said?.contains("chmod 0755 \(place.file("outer"))") ?? true, "\(said ?? "")")
            }
        }
    }
}
