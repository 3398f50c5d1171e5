import Foundation
import Glibc
import ServiceTestSupport
import Testing

extension Integration {
    @Suite struct HostileSFTPTests {
        @Test(arguments: [
            "forged_handles", "stale_handle", "nul_in_paths", "long_paths", "bad_bodies", "unknown_requests",
            "oversized_packet", "zero_length_packet", "truncated_packet", "before_init", "huge_read", "many_handles",
            "many_handles_on_two_channels", "other_channels",
        ])
        func `hostile SFTP packets get their error or end their own session`(attack: String) throws {
            let daemon = try Daemon()
            let user = try daemon.api.createUser(home: "/a")
            let bystander = try daemon.client(user).open()
            let listener = try #require(daemon.listener)
            let result = try daemon.paramiko("hostile_sftp.py", user, [attack])
            #expect(result.status == 0, "\(result)\n\(daemon.log.text)")
            #expect(bystander.answers())
            #expect(daemon.listener == listener)
            #expect(daemon.process.isRunning)
            #expect(!daemon.log.text.contains("session died"), "\(daemon.log.text)")
            guard ["oversized_packet", "zero_length_packet", "before_init"].contains(attack) else {
                return
            }
            #expect(daemon.log.waitForLine(containing: "SFTP broken off", seconds: 10) != nil, "\(daemon.log.text)")
            #expect(daemon.log.waitForLine(containing: "protocol violation", seconds: 10) != nil, "\(daemon.log.text)")
        }

        @Test func `a name that would forge a log line is escaped`() throws {
            let daemon = try Daemon()
            let user = try daemon.api.createUser(home: "/a")
            let result = try daemon.paramiko("hostile_sftp.py", user, ["forged_log_line"])
            #expect(result.status == 0, "\(result)")
            let forger = TestUser(username: "A\u{1b}[31m", password: "x", homeDirectory: "/", bucketName: "")
            _ = try daemon.client(forger).sftp(["pwd"])
            #expect(daemon.stop() == 0)
            #expect(!daemon.log.lines.contains { $0.hasPrefix("2026-01-01T00:00:00.000Z") })
            #expect(!daemon.log.text.contains("\u{1b}"))
        }
    }
}
