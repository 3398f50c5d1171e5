import Foundation
import Glibc
import ServiceTestSupport
import Testing

extension Integration {
    /// How many sessions a user may have.
    @Suite struct UserLimitTests {
        private static let refusal = "This user has 2 sessions open, as many as are allowed at once."

        @Test func `a user's third session of two is told why it can't be, across a restart of berthd too`() throws {
            let plane = try DataPlane()
            let settings = plane.settings.merging(["BERTHD_SFTP_MAX_SESSIONS_PER_USER": "2"]) { $1 }
            let first = try Daemon(settings: settings, dataPlane: plane)
            let user = try first.api.createUser(home: "/a")
            let other = try first.api.createUser(home: "/b")
            let open = try (0..<2).map { _ in try first.client(user).open() }
            for methods in ["password", "keyboard-interactive"] {
                let refused = try first.client(user).sftp(["pwd"], methods: methods)
                #expect(refused.status == 255 && refused.error.contains(Self.refusal), "\(refused)")
                #expect(!refused.error.contains("Permission denied"), "\(refused)")
            }
            let wrong = try first.client(user).sftp(["pwd"], password: "x")
            #expect(wrong.status == 255 && wrong.error.contains("Permission denied"), "\(wrong)")
            #expect(!wrong.error.contains("sessions"), "who does not know the password learns nothing")
            #expect(try first.client(other).sftp(["pwd"]).status == 0)
            #expect(
                first.log.waitForLine {
                    $0.contains("warning login denied") && $0.contains("setting=sftp.max_sessions_per_user")
                } != nil, "\(first.log.text)")

            first.crash()
            let second = try Daemon(after: first)
            for _ in open { #expect(second.log.waitForLine(containing: "session adopted") != nil) }
            let refused = try second.client(user).sftp(["pwd"])
            #expect(refused.status == 255 && refused.error.contains(Self.refusal), "\(refused)\n\(second.log.text)")
            #expect(open.allSatisfy { $0.answers() })
            #expect(open[0].finish() == 0)
            #expect(try second.client(user).sftp(["pwd"]).status == 0)
        }

        @Test func `who leaves and comes back at once finds the place free`() throws {
            let daemon = try Daemon(settings: ["BERTHD_SFTP_MAX_SESSIONS_PER_USER": "1"])
            let user = try daemon.api.createUser(home: "/a")
            for _ in 0..<15 {
                let login = try daemon.client(user).sftp(["pwd"])
                #expect(login.status == 0, "\(login)")
            }
            #expect(!daemon.log.text.contains("login denied"), "\(daemon.log.text)")
        }
    }
}
