import Foundation
import Glibc
import ServiceTestSupport
import Testing

extension Integration {
    @Suite struct HostileConnectionTests {
        @Test func `a hundred connections that never speak keep nobody out and are dropped after the grace time`()
            throws
        {
            let daemon = try Daemon(settings: ["BERTHD_SFTP_LOGIN_GRACE_SECONDS": "3"])
            let user = try daemon.api.createUser(home: "/a")
            let began = ContinuousClock.now
            let silent = try (0..<100).map { _ in try TCPConnection(port: daemon.sftpPort) }
            let login = try daemon.client(user).sftp(["pwd"])
            #expect(login.status == 0, "\(login)\n\(daemon.log.text)")
            #expect((ContinuousClock.now - began) < .seconds(3), "the login came after the grace time")
            for connection in silent {
                let left = 6 - (ContinuousClock.now - began) / .seconds(1)
                #expect(connection.readToEnd(seconds: max(left, 0.1)) != nil, "still connected after the grace time")
            }
            #expect(try daemon.client(user).sftp(["pwd"]).status == 0)
            let listener = try #require(daemon.listener)
            #expect(eventually(seconds: 5) { ProcessTable.children(of: listener).isEmpty })
        }

        @Test func `broken banners and key exchanges end their own connection alone`() throws {
            let daemon = try Daemon(settings: ["BERTHD_SFTP_LOGIN_GRACE_SECONDS": "1"])
            let user = try daemon.api.createUser(home: "/a")
            let listener = try #require(daemon.listener)
            let session = try daemon.client(user).open()
            var random = SeededRandom(seed: 7)
            let noise = (0..<100_000).map { _ in UInt8.random(in: 0...255, using: &random) }
            let banner = Array("SSH-2.0-test\r\n".utf8)
            let openings: [[UInt8]] = [
                Array("SSH-1.5-old\r\n".utf8), Array("SSH-2.0-\n".utf8), Array("GET / HTTP/1.1\r\n\r\n".utf8),
                Array("\r\n\r\n\r\n".utf8), [0, 0, 0, 0, 0, 0], noise,
                Array(repeating: UInt8(ascii: "A"), count: 1_000_000),
                banner + noise, banner + [0xff, 0xff, 0xff, 0xff], banner + [0, 0, 0, 0],
                banner + [0, 0, 0, 12, 10, 20],
                banner + [0x7f, 0xff, 0xff, 0xff] + noise, banner + [0, 0, 0, 5, 255, 20, 0, 0, 0],
            ]
            for bytes in openings {
                let connection = try TCPConnection(port: daemon.sftpPort)
                connection.send(bytes)
                #expect(connection.readToEnd(seconds: 4) != nil, "\(bytes.prefix(20)) keeps its connection")
            }
            #expect(session.answers())
            #expect(daemon.listener == listener)
            #expect(!daemon.log.text.contains("session died"), "\(daemon.log.text)")
            #expect(try daemon.client(user).sftp(["pwd"]).status == 0)
        }

        @Test func `one address gets no more sessions than its share`() throws {
            let daemon = try Daemon(settings: ["BERTHD_SFTP_MAX_SESSIONS_PER_ADDRESS": "2"])
            let user = try daemon.api.createUser(home: "/a")
            let first = try daemon.client(user).open()
            let second = try daemon.client(user).open()
            #expect(try daemon.client(user).sftp(["pwd"]).status == 255)
            #expect(first.finish() == 0)
            #expect(second.answers())
            #expect(eventually(seconds: 5) { (try? daemon.client(user).sftp(["pwd"]).status) == 0 })
        }

        @Test func `a session without requests ends after the idle time`() throws {
            let daemon = try Daemon(settings: ["BERTHD_SFTP_IDLE_SECONDS": "1"])
            let user = try daemon.api.createUser(home: "/a")
            let session = try daemon.client(user).open()
            #expect(session.isDisconnected(seconds: 5))
            #expect(
                daemon.log.waitForLine { $0.contains("session") && $0.contains("idle") } != nil, "\(daemon.log.text)")
        }
    }
}
