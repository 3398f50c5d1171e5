import Foundation
import Glibc
import ServiceTestSupport
import Testing

extension Integration {
    /// Partners whose clients know only weak algorithms, played by OpenSSH told to know no others.
    @Suite struct OldClientTests {
        private static let algorithms = "diffie-hellman-group14-sha1,ssh-rsa"
        private static let old = [
            "-o", "KexAlgorithms=diffie-hellman-group14-sha1", "-o", "HostKeyAlgorithms=ssh-rsa",
        ]

        private func setRight(_ isGiven: Bool, of user: TestUser, at daemon: Daemon) throws -> API.Response {
            let api = API(base: daemon.api.base, key: daemon.apiKey, version: "/berth/v1")
            return try api.send(
                "PUT", "/users/\(user.username)/algorithms", body: #"{"legacyAlgorithms": \#(isGiven)}"#)
        }

        @Test
        func `where nothing weak is offered they are refused, and the log says who, what it offers and what to set`()
            throws
        {
            let daemon = try Daemon(settings: ["BERTHD_SFTP_LEGACY_LISTEN": "127.0.0.1:\(try FreePort.next())"])
            let user = try daemon.api.createUser(home: "/a")
            _ = try setRight(true, of: user, at: daemon)
            let result = try daemon.client(user).sftp(["pwd"], arguments: Self.old + ["-v"])
            #expect(result.status == 255 && result.error.contains("no matching"), "\(result)")
            let line = daemon.log.waitForLine { $0.contains("diffie-hellman-group14-sha1") }
            #expect(line?.contains("sftp.legacy_networks") == true && line?.contains("sftp.legacy_listen") == true)
            #expect(line?.contains("address=127.0.0.1:") == true && line?.contains("client=") == true, "\(line ?? "")")
            #expect(try daemon.client(user).sftp(["pwd"]).status == 0)
        }

        @Test
        func
            `at the address for old clients they need the right, which newer ones don't, and lose the session with it`()
            throws
        {
            let port = try FreePort.next()
            let daemon = try Daemon(settings: ["BERTHD_SFTP_LEGACY_LISTEN": "127.0.0.1:\(port)"])
            let user = try daemon.api.createUser(home: "/a")
            #expect(daemon.log.text.contains("warning configuration reason="))
            let created = try daemon.api.readUser(user.username)
            #expect(created.json["port"] as? Int == Int(daemon.sftpPort), "partners are not sent there")
            let client = daemon.client(user, port: port)

            #expect(try client.sftp(["pwd"], arguments: Self.old).status == 255)
            let denied = daemon.log.waitForLine(containing: " login denied ")
            #expect(denied?.contains("warning ") == true && denied?.contains("user=\(user.username)") == true)
            #expect(denied?.contains("algorithms=\(Self.algorithms) ") == true, "\(denied ?? "")")
            #expect(denied?.contains("PUT /berth/v1/users/\(user.username)/algorithms") == true, "\(denied ?? "")")
            let modern = try client.open()
            #expect(daemon.log.waitForLine(containing: " login granted ") != nil)

            let given = try setRight(true, of: user, at: daemon)
            #expect(given.status == 200 && (given.json["weaker"] as? [String])?.isEmpty == false, "\(given.body)")
            let old = try client.open(arguments: Self.old)
            let warning = daemon.log.waitForLine(containing: " login with weak algorithms ")
            #expect(warning?.contains("warning ") == true && warning?.contains("user=\(user.username)") == true)
            #expect(warning?.contains("algorithms=\(Self.algorithms) ") == true, "\(warning ?? "")")

            #expect(try setRight(false, of: user, at: daemon).status == 200)
            #expect(old.isDisconnected(seconds: 1.5), "\(daemon.log.text)")
            #expect(modern.answers())
            let end = daemon.log.waitForLine(containing: "the right to weak algorithms was taken away")
            #expect(end?.contains("session ended") == true)
            let warnings = daemon.log.lines.filter { $0.contains(" login with weak algorithms ") }
            #expect(warnings.count == 1, "a newer client was warned of")
            #expect(try client.sftp(["pwd"], arguments: Self.old).status == 255)
        }

        @Test func `a network of old clients is served at every address, and its neighbours are not`() throws {
            let daemon = try Daemon(settings: ["BERTHD_SFTP_LEGACY_NETWORKS": "192.0.2.0/24, 127.0.0.2/31"])
            let user = try daemon.api.createUser(home: "/a")
            _ = try setRight(true, of: user, at: daemon)
            for (source, isServed) in [("127.0.0.2", true), ("127.0.0.3", true), ("127.0.0.1", false)] {
                let result = try daemon.client(user)
                    .sftp(["pwd"], arguments: Self.old + ["-o", "BindAddress=\(source)"])
                #expect((result.status == 0) == isServed, "\(source): \(result)")
            }
        }

        @Test func `a berthd that comes back still knows which sessions rest on the right`() throws {
            let data = try DataPlane()
            let port = try FreePort.next()
            let settings = data.settings.merging(["BERTHD_SFTP_LEGACY_LISTEN": "127.0.0.1:\(port)"]) { $1 }
            let first = try Daemon(settings: settings, dataPlane: data)
            let user = try first.api.createUser(home: "/a")
            _ = try setRight(true, of: user, at: first)
            let client = first.client(user, port: port)
            let old = try client.open(arguments: Self.old)
            let modern = try client.open()
            first.crash()

            let second = try Daemon(after: first)
            #expect(old.answers(seconds: 15))
            #expect(try setRight(false, of: user, at: second).status == 200)
            #expect(old.isDisconnected(seconds: 1.5), "\(second.log.text)\n\(data.log.text)")
            #expect(modern.answers())
        }
    }
}
