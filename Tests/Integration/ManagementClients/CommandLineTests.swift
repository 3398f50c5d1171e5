import Foundation
import ServiceTestSupport
import Testing

extension Integration {
    /// `berth` against the running service.
    @Suite struct CommandLineTests {
        @Test func `a user is created, read, changed, listed and deleted`() throws {
            let berth = try BerthProgram(Daemon())
            let created = try berth(
                "user", "create", "--home", "/partners/acme", "--description", "Acme Corp", "--password-length", "24",
                "--json")
            #expect(created.status == 0 && created.error.isEmpty, "\(created)")
            let name = try #require(created.object["username"] as? String)
            let password = try #require(created.object["password"] as? String)
            #expect(password.count == 24)
            let user = TestUser(
                username: name, password: password, homeDirectory: "/partners/acme",
                bucketName: try #require(created.object["bucketName"] as? String))
            #expect(try berth.daemon.client(user).sftp(["pwd"]).status == 0)

            let read = try berth("user", "read", name)
            #expect(read.status == 0 && read.output.contains("Acme Corp") && !read.output.contains("password"))
            #expect(read.output.contains("/partners/acme") && !read.output.contains(password))
            let updated = try berth("user", "update", name, "--description", "Acme Inc", "--json")
            #expect(updated.object["description"] as? String == "Acme Inc", "\(updated)")
            #expect(updated.object["homeDirectory"] as? String == "/partners/acme")
            let listed = try berth("user", "list")
            #expect(listed.lines.count == 2 && listed.lines[0].hasPrefix("USERNAME  HOME DIRECTORY"), "\(listed)")
            #expect(listed.lines[1].hasPrefix("\(name)  /partners/acme"))

            let deleted = try berth("user", "delete", name, "--yes")
            #expect(deleted.status == 0 && deleted.output.isEmpty, "\(deleted)")
            #expect(FileManager.default.fileExists(atPath: berth.daemon.home(of: user)))
            let missing = try berth("user", "read", name)
            #expect(missing.status == 66 && missing.output.isEmpty && missing.error.contains("request "), "\(missing)")
            #expect(!berth.daemon.log.text.contains(password))
        }

        @Test func `the password is on standard output and nowhere else`() throws {
            let berth = try BerthProgram(Daemon())
            let created = try berth("user", "create", "--home", "/a", "--description", "A")
            let line = try #require(created.lines.first { $0.hasPrefix("password") })
            let password = try #require(line.split(separator: " ").dropFirst().first.map(String.init))
            #expect(password.wholeMatch(of: /[A-Za-z0-9]{16}/) != nil, "\(created)")
            #expect(!created.error.contains(password) && !berth.daemon.log.text.contains(password))
            let files = try FileManager.default.subpathsOfDirectory(atPath: berth.home.path)
            #expect(files.isEmpty, "\(files)")
        }

        @Test func `a list is a table for people and an array for programs, over all pages`() throws {
            let berth = try BerthProgram(Daemon())
            #expect(try berth("user", "list", "--json").output == "[]")
            #expect(try berth("user", "list").lines.count == 1)
            var names: [String] = []
            for number in 0..<57 { names.append(try berth.daemon.api.createUser(home: "/n/\(number)").username) }
            let listed = try berth("user", "list", "--json")
            #expect(listed.array.compactMap { $0["username"] as? String } == names)
            #expect(try berth("user", "list").lines.dropFirst().map { String($0.prefix(8)) } == names)
            // Whoever reads may have enough.
            let cut = try Command.run(
                "bash", ["-c", "set -o pipefail; '\(Programs.berth)' user list | head -n 2"],
                environment: berth.variables)
            #expect(cut.lines.count == 2 && cut.error.isEmpty, "\(cut)")
        }

        @Test func `before it deletes it asks, and only yes is yes`() throws {
            let berth = try BerthProgram(Daemon())
            let user = try berth.daemon.api.createUser(home: "/a")
            let refused = try berth("user", "delete", user.username)
            #expect(refused.status == 64 && refused.error.contains("--yes"), "\(refused)")
            let declined = try berth.onTerminal("user", "delete", user.username)
            #expect(declined.waitFor("[y/N]"), "\(declined.text)")
            declined.type("no")
            #expect(declined.finish() == 1)
            #expect(try berth.daemon.api.readUser(user.username).status == 200)
            let confirmed = try berth.onTerminal("user", "delete", user.username)
            #expect(confirmed.waitFor("/a)? [y/N]"), "\(confirmed.text)")
            confirmed.type("y")
            #expect(confirmed.finish() == 0, "\(confirmed.text)")
            #expect(try berth.daemon.api.readUser(user.username).status == 404)
        }

        @Test func `a login asks for the key without showing it, and stores it for its owner alone`() throws {
            let berth = try BerthProgram(Daemon())
            let terminal = try berth.onTerminal("login", "--endpoint", berth.endpoint, environment: berth.bare)
            #expect(terminal.waitFor("API key for"), "\(terminal.text)")
            #expect(!terminal.echoes)
            terminal.type(berth.daemon.apiKey)
            #expect(terminal.finish() == 0, "\(terminal.text)")
            #expect(terminal.waitFor("Logged in to") && !terminal.text.contains(berth.daemon.apiKey))
            let file = berth.home.file(".config/berth/login.json")
            let mode = try FileManager.default.attributesOfItem(atPath: file)[.posixPermissions] as? Int
            #expect(mode == 0o600)
            #expect(try berth("user", "list", environment: berth.bare).status == 0)

            // From then on the key is for that service alone.
            let other = berth.bare.merging(["BERTH_API": "http://127.0.0.1:1/2022-04-01"]) { $1 }
            #expect(try berth("user", "list", environment: other).status == 77)
            chmod(file, 0o644)
            let exposed = try berth("user", "list", environment: berth.bare)
            #expect(exposed.status == 78 && exposed.error.contains("chmod 600"), "\(exposed)")
        }

        @Test func `a login by standard input is tried before it is stored`() throws {
            let berth = try BerthProgram(Daemon())
            let wrong = try berth(
                "login", "--endpoint", berth.endpoint, input: "berth_wrong\n", environment: berth.bare)
            #expect(wrong.status == 77 && !wrong.error.contains("berth_wrong"), "\(wrong)")
            #expect(try berth("login", "--endpoint", berth.endpoint, environment: berth.bare).status == 64)
            #expect(!FileManager.default.fileExists(atPath: berth.home.file(".config")))
            let right = try berth(
                "login", input: berth.daemon.apiKey + "\n",
                environment: berth.bare.merging(["BERTH_API": berth.endpoint]) { $1 })
            #expect(right.status == 0, "\(right)")
            #expect(try berth("user", "list", environment: berth.bare).status == 0)
        }

        @Test func `what a login that was killed leaves of the key goes with the next one`() throws {
            let berth = try BerthProgram(Daemon())
            let calls = "?rename,?renameat,?renameat2"
            let killed = try Command.run(
                "strace",
                [
                    "-f", "-o", "/dev/null", "-e", "trace=\(calls)", "-e", "inject=\(calls):signal=KILL",
                    Programs.berth,
                    "login", "--endpoint", berth.endpoint,
                ],
                input: berth.daemon.apiKey + "\n", environment: berth.bare)
            let directory = berth.home.file(".config/berth")
            #expect(try FileManager.default.contentsOfDirectory(atPath: directory) == [".login.new"], "\(killed)")
            let login = try berth(
                "login", "--endpoint", berth.endpoint, input: berth.daemon.apiKey + "\n", environment: berth.bare)
            #expect(login.status == 0, "\(login)")
            #expect(try FileManager.default.contentsOfDirectory(atPath: directory) == ["login.json"])
        }

        @Test func `a login counts once its name is on the disk, too`() throws {
            let berth = try BerthProgram(Daemon())
            // The first is that of the file, the second that of the directory.
            for (number, isThere) in [(1, false), (2, true)] {
                let failed = try Command.run(
                    "strace",
                    [
                        "-f", "-o", "/dev/null", "-e", "trace=fsync", "-e", "inject=fsync:error=EIO:when=\(number)",
                        Programs.berth, "login", "--endpoint", berth.endpoint,
                    ],
                    input: berth.daemon.apiKey + "\n", environment: berth.bare)
                #expect(failed.status == 78 && failed.error.contains("Input/output error"), "\(failed)")
                let names = try FileManager.default.contentsOfDirectory(atPath: berth.home.file(".config/berth"))
                #expect(names == (isThere ? ["login.json"] : []), "\(failed)")
            }
        }

        @Test func `each failure has its status`() throws {
            let berth = try BerthProgram(Daemon())
            let invalid = try berth("user", "create", "--home", "nowhere", "--description", "a;b")
            #expect(invalid.status == 65 && invalid.error.contains("/homeDirectory"), "\(invalid)")
            #expect(invalid.error.contains("/description"))
            #expect(try berth("user", "read", "NOBODY00").status == 66)
            #expect(try berth("user", "read", "../users").status == 66)
            #expect(try berth("user", "read", "").status == 65)
            #expect(try berth("user", "create").status == 64)
            #expect(try berth("user", "list", environment: berth.bare).status == 78)
            let keyless = berth.bare.merging(["BERTH_API": berth.endpoint]) { $1 }
            #expect(try berth("user", "list", environment: keyless).status == 77)
            let wrong = berth.variables.merging(["BERTH_API_KEY": "berth_wrong"]) { $1 }
            #expect(try berth("user", "list", environment: wrong).status == 77)
            let nobody = berth.variables.merging(["BERTH_API": "http://127.0.0.1:1/2022-04-01"]) { $1 }
            let unreachable = try berth("user", "list", environment: nobody)
            #expect(unreachable.status == 69 && unreachable.error.contains("refused"), "\(unreachable)")
            let full = try Command.run(
                "bash", ["-c", "'\(Programs.berth)' user list >/dev/full"], environment: berth.variables)
            #expect(full.status == 74, "\(full)")
        }

        @Test func `a key with too few rights is told so`() throws {
            let berth = try BerthProgram(Daemon())
            let made = try Command.run(
                Programs.berthd,
                ["api-key", "create", "--data", berth.daemon.data, "--name", "reader", "--rights", "users:read"])
            let key = made.output.trimmingCharacters(in: .whitespacesAndNewlines)
            let reader = berth.variables.merging(["BERTH_API_KEY": key]) { $1 }
            #expect(try berth("user", "list", environment: reader).status == 0)
            let refused = try berth("user", "create", "--home", "/a", "--description", "A", environment: reader)
            #expect(refused.status == 77 && !refused.error.contains(key), "\(refused)")
        }

        @Test func `both programs have the same version`() throws {
            let own = try Command.run(Programs.berth, ["--version"])
            let daemons = try Command.run(Programs.berthd, ["--version"])
            #expect(own.status == 0 && own.output == daemons.output)
        }

        @Test func `blocks are listed and cleared`() throws {
            let daemon = try Daemon(settings: [
                "BERTHD_SFTP_TRUSTED_NETWORKS": "", "BERTHD_SFTP_BLOCK_AFTER_FAILURES": "1",
            ])
            let berth = try BerthProgram(daemon)
            #expect(try berth("block", "list", "--json").output == "[]")
            let nobody = TestUser(username: "NOBODY00", password: "wrong", homeDirectory: "/", bucketName: "")
            #expect(try daemon.client(nobody).sftp(["pwd"]).status != 0)
            #expect(daemon.log.waitForLine(containing: "address blocked") != nil)
            let listed = try berth("block", "list")
            #expect(listed.lines.count == 2 && listed.lines[1].hasPrefix("127.0.0.1"), "\(listed)")
            #expect(try berth("block", "clear", "127.0.0.1").status == 0)
            #expect(try berth("block", "clear", "127.0.0.1").status == 66)
            #expect(try berth("block", "list", "--json").output == "[]")
        }
    }
}
