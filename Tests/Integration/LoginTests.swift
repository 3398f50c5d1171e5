import Foundation
import Glibc
import ServiceTestSupport
import Testing

extension Integration {
    @Suite struct LoginTests {
        @Test func `a wrong password and an unknown user are refused alike, and the log says so without the password`()
            throws
        {
            let daemon = try Daemon()
            let user = try daemon.api.createUser(home: "/a")
            let wrong = try daemon.client(user).sftp(["pwd"], password: "Wr0ngPassw0rdXYZ")
            let stranger = TestUser(username: "ZZZZZZZZ", password: "x", homeDirectory: "/", bucketName: "")
            let unknown = try daemon.client(stranger).sftp(["pwd"])
            #expect(wrong.status == 255 && unknown.status == 255)
            #expect(
                wrong.error.replacingOccurrences(of: user.username, with: "U")
                    == unknown.error.replacingOccurrences(of: "ZZZZZZZZ", with: "U"))
            #expect(
                daemon.log.waitForLine { $0.contains("denied") && $0.contains(user.username) } != nil,
                "\(daemon.log.text)")
            #expect(!daemon.log.text.contains("Wr0ngPassw0rdXYZ"))
            #expect(!daemon.log.text.contains(user.password))
            #expect(try daemon.client(user).sftp(["pwd"]).status == 0)
        }

        @Test func `lastConnectedDate is absent before the first login and the UTC day after it`() throws {
            let daemon = try Daemon()
            let user = try daemon.api.createUser(home: "/a")
            #expect(try daemon.api.readUser(user.username).json["lastConnectedDate"] == nil)
            #expect(try daemon.client(user).sftp(["pwd"], password: "wrong").status == 255)
            #expect(try daemon.api.readUser(user.username).json["lastConnectedDate"] == nil)
            let before = today()
            #expect(try daemon.client(user).sftp(["pwd"]).status == 0)
            let days = [before, today()]
            let read = try daemon.api.readUser(user.username).json["lastConnectedDate"] as? String
            #expect(days.contains(read ?? "absent"), "\(read ?? "absent")")
            let listed = try daemon.api.allUsers().first?["lastConnectedDate"] as? String
            #expect(listed == read)
        }

        @Test func `a user sees only the own home, whatever path it names`() throws {
            let daemon = try Daemon()
            let one = try daemon.api.createUser(home: "/partners/one")
            let two = try daemon.api.createUser(home: "/partners/two")
            let (local, data) = try daemon.workspace.makeFile("secret", bytes: 10)
            #expect(try daemon.client(one).sftp(["put \(local) secret"]).status == 0)
            let stolen = daemon.workspace.file("stolen")
            let home = daemon.home(of: one)
            let attempts = [
                "/partners/one/secret", "../one/secret", "/../one/secret", "../../../../../..\(home)/secret",
                "\(home)/secret", "/etc/passwd", "../../../../../../etc/passwd", "/proc/self/root/etc/passwd",
            ]
            for path in attempts {
                let result = try daemon.client(two).sftp(["get \(path) \(stolen)"])
                #expect(result.status == 1, "\(path): \(result)")
                #expect(!FileManager.default.fileExists(atPath: stolen), "\(path)")
            }
            // Links point where the user sees them: into the own home.
            for target in ["/etc", "../one", home, "/proc/self/root", "/../.."] {
                _ = try daemon.client(two).sftp(["-rm link", "ln -s \(target) link", "get link/passwd \(stolen)"])
                _ = try daemon.client(two).sftp(["get link/secret \(stolen)"])
                #expect(!FileManager.default.fileExists(atPath: stolen), "\(target)")
                _ = try daemon.client(two).sftp(["put \(local) link/planted"])
                #expect(!FileManager.default.fileExists(atPath: "\(home)/planted"), "\(target)")
                #expect(!FileManager.default.fileExists(atPath: "/etc/planted"), "\(target)")
            }
            #expect(try Data(contentsOf: URL(fileURLWithPath: "\(home)/secret")) == data)
            let both = try daemon.api.createUser(home: "/")
            let seen = try daemon.client(both).sftp(["ls -1 /partners"])
            #expect(seen.output.contains("one") && seen.output.contains("two"))
        }

        @Test func `deleting a user ends its session within a second and keeps its files`() throws {
            let daemon = try Daemon()
            let user = try daemon.api.createUser(home: "/leaver")
            let other = try daemon.api.createUser(home: "/stayer")
            let (local, data) = try daemon.workspace.makeFile("file", bytes: 1_000)
            let leaver = try daemon.client(user).open()
            let stayer = try daemon.client(other).open()
            leaver.type("put \(local) file")
            #expect(leaver.answers())
            let deleted = try daemon.api.deleteUser(user.username)
            #expect(deleted.status == 204)
            // A second, and what the client itself takes to end.
            #expect(leaver.isDisconnected(seconds: 1.5), "the session still runs: \(daemon.log.text)")
            #expect(stayer.answers())
            #expect(try Data(contentsOf: URL(fileURLWithPath: "\(daemon.home(of: user))/file")) == data)
            #expect(try daemon.client(user).sftp(["pwd"]).status == 255)
            #expect(try daemon.api.deleteUser(user.username).status == 404)
            #expect(!daemon.log.text.contains("session died"), "\(daemon.log.text)")
        }

        private func today() -> String {
            var now = time(nil)
            var parts = tm()
            gmtime_r(&now, &parts)
            return String(format: "%04d-%02d-%02d", parts.tm_year + 1_900, parts.tm_mon + 1, parts.tm_mday)
        }
    }
}
