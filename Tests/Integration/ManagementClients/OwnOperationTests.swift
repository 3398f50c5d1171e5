import Foundation
import ServiceTestSupport
import Testing

extension Integration {
    /// `berth` with the operations that the documented API doesn't have.
    @Suite struct OwnOperationTests {
        @Test func `a reset password works at once, and the old one no longer does`() throws {
            let berth = try BerthProgram(Daemon())
            let user = try berth.daemon.api.createUser(home: "/a")
            let reset = try berth("user", "password", "reset", user.username, "--length", "32", "--json")
            let password = try #require(reset.object["password"] as? String, "\(reset)")
            #expect(password.count == 32 && reset.object["previousPasswordExpiresAt"] == nil)
            let client = berth.daemon.client(user)
            #expect(try client.sftp(["pwd"], password: password).status == 0)
            #expect(try client.sftp(["pwd"]).status != 0)
            #expect(!berth.daemon.log.text.contains(password) && !reset.error.contains(password))
        }

        @Test func `after a rotation both passwords work until the old one is ended`() throws {
            let berth = try BerthProgram(Daemon())
            let user = try berth.daemon.api.createUser(home: "/a")
            let rotated = try berth("user", "password", "rotate", user.username, "--overlap", "7d", "--json")
            let password = try #require(rotated.object["password"] as? String, "\(rotated)")
            #expect(rotated.object["previousPasswordExpiresAt"] is String)
            let client = berth.daemon.client(user)
            #expect(try client.sftp(["pwd"], password: password).status == 0)
            #expect(try client.sftp(["pwd"]).status == 0)
            let listed = try berth("user", "password", "list", user.username, "--json").array
            #expect(listed.count == 2, "\(listed)")
            let old = try #require(listed.first { $0["expiresAt"] != nil }?["id"] as? String)
            let last = try #require(listed.first { $0["expiresAt"] == nil }?["id"] as? String)
            #expect(try berth("user", "password", "delete", user.username, old).status == 64)
            #expect(try berth("user", "password", "delete", user.username, old, "--yes").status == 0)
            #expect(try client.sftp(["pwd"]).status != 0)
            #expect(try client.sftp(["pwd"], password: password).status == 0)
            #expect(try berth("user", "password", "delete", user.username, last, "--yes").status == 1)
        }

        @Test func `open sessions go on behind a new password, and end at once where that is asked for`() throws {
            let berth = try BerthProgram(Daemon())
            let user = try berth.daemon.api.createUser(home: "/a")
            let name = user.username
            var password = user.password
            func open() throws -> OpenSFTP {
                let now = TestUser(
                    username: name, password: password, homeDirectory: user.homeDirectory, bucketName: user.bucketName)
                return try berth.daemon.client(now).open()
            }
            func change(_ arguments: [String]) throws {
                let changed = try Command.run(
                    Programs.berth, ["user", "password"] + arguments + ["--json"], environment: berth.variables)
                password = try #require(changed.object["password"] as? String, "\(changed)")
            }
            let first = try open()
            try change(["reset", name])
            #expect(first.answers())
            try change(["reset", name, "--end-sessions"])
            #expect(try berth("session", "list", "--json").output == "[]")
            #expect(first.isDisconnected(seconds: 1.5))

            let second = try open()
            try change(["rotate", name, "--overlap", "1h"])
            #expect(second.answers())
            try change(["rotate", name, "--overlap", "1h", "--end-sessions"])
            #expect(try berth("session", "list", "--json").output == "[]")
            #expect(second.isDisconnected(seconds: 1.5))

            // With the password that stays.
            let third = try open()
            func former() throws -> String {
                let listed = try berth("user", "password", "list", name, "--json").array
                return try #require(listed.first { $0["expiresAt"] != nil }?["id"] as? String, "\(listed)")
            }
            #expect(try berth("user", "password", "delete", name, former(), "--yes").status == 0)
            #expect(third.answers())
            try change(["rotate", name, "--overlap", "1h"])
            #expect(try berth("user", "password", "delete", name, former(), "--yes", "--end-sessions").status == 0)
            #expect(try berth("session", "list", "--json").output == "[]")
            #expect(third.isDisconnected(seconds: 1.5))
        }

        @Test func `a key is made, used, listed and revoked`() throws {
            let berth = try BerthProgram(Daemon())
            let made = try berth(
                "api-key", "create", "--name", "ci", "--rights", "users:read", "--expires", "90d", "--json")
            let key = try #require(made.object["apiKey"] as? String, "\(made)")
            let id = try #require(made.object["id"] as? String)
            let reader = berth.variables.merging(["BERTH_API_KEY": key]) { $1 }
            #expect(try berth("user", "list", environment: reader).status == 0)
            #expect(try berth("api-key", "list", environment: reader).status == 77)
            let listed = try berth("api-key", "list")
            #expect(
                listed.lines.count == 3 && listed.output.contains("ci") && !listed.output.contains(key), "\(listed)")
            #expect(try berth("api-key", "revoke", id).status == 64)
            #expect(try berth("api-key", "revoke", id, "--yes").status == 0)
            #expect(try berth("user", "list", environment: reader).status == 77)
            #expect(!berth.daemon.log.text.contains(key))
        }

        @Test func `the last admin key can't be revoked`() throws {
            let berth = try BerthProgram(Daemon())
            let id = try #require(try berth("api-key", "list", "--json").array.first?["id"] as? String)
            let refused = try berth("api-key", "revoke", id, "--yes")
            #expect(refused.status == 1, "\(refused)")
            #expect(try berth("user", "list").status == 0)
        }

        @Test func `a session is listed and ended`() throws {
            let berth = try BerthProgram(Daemon())
            let user = try berth.daemon.api.createUser(home: "/a")
            let sftp = try berth.daemon.client(user).open()
            let listed = try berth("session", "list", "--username", user.username, "--json").array
            #expect(listed.count == 1 && listed.first?["username"] as? String == user.username, "\(listed)")
            #expect((listed.first?["client"] as? String)?.hasPrefix("SSH-2.0-OpenSSH") == true)
            let id = try #require(listed.first?["id"] as? String)
            #expect(try berth("session", "end", id).status == 0)
            #expect(sftp.isDisconnected(seconds: 5))
            #expect(try berth("session", "end", id).status == 66)
            #expect(try berth("session", "list").lines.count == 1)
        }

        @Test func `the status says what runs`() throws {
            let berth = try BerthProgram(Daemon())
            _ = try berth.daemon.api.createUser(home: "/a")
            let status = try berth("status", "--json")
            #expect(status.object["users"] as? Int == 1 && status.object["sessions"] as? Int == 0, "\(status)")
            #expect(try berth("status").output.contains("version"))
        }

        @Test func `a user is changed only while it still is what was read`() throws {
            let berth = try BerthProgram(Daemon())
            let user = try berth.daemon.api.createUser(home: "/a")
            let read = try berth("user", "read", user.username, "--json")
            let etag = try #require(read.object["etag"] as? String, "\(read)")
            let changed = try berth(
                "user", "update", user.username, "--description", "one", "--if-match", etag, "--json")
            #expect(changed.status == 0 && changed.object["etag"] as? String != etag, "\(changed)")
            let late = try berth("user", "update", user.username, "--description", "two", "--if-match", etag)
            #expect(late.status == 1, "\(late)")
            #expect(try berth("user", "read", user.username, "--json").object["description"] as? String == "one")
        }
    }
}
