import Foundation
import Glibc
import ServiceTestSupport
import Testing

extension Integration {
    /// What the settings about connections do to a real client; `sftp -v` says what it saw.
    @Suite struct ConnectionSettingTests {
        @Test func `the banner is shown before the login, line by line`() throws {
            let daemon = try Daemon(settings: [
                "BERTHD_SFTP_BANNER": "Authorised partners only.\nHelp: edi@example.com\n"
            ])
            let user = try daemon.api.createUser(home: "/a")
            let result = try daemon.client(user).sftp(["pwd"], password: "wrong", arguments: ["-v"])
            let lines = result.error.split(whereSeparator: \.isNewline)
            let place = try #require(lines.firstIndex(of: "Authorised partners only."), "\(result)")
            #expect(lines.dropFirst(place + 1).first == "Help: edi@example.com")
        }

        @Test func `a quiet client is asked for a sign of life`() throws {
            let daemon = try Daemon(settings: ["BERTHD_SFTP_KEEPALIVE_SECONDS": "1"])
            let user = try daemon.api.createUser(home: "/a")
            let session = try daemon.client(user).open(arguments: ["-v"])
            let start = session.output.lines.count
            #expect(session.output.waitForLine(containing: "keepalive@openssh.com", from: start, seconds: 10) != nil)
            #expect(session.answers())
        }

        @Test func `new keys are agreed by volume, and the transfer is whole`() throws {
            let daemon = try Daemon(settings: ["BERTHD_SFTP_REKEY_BYTES": "1048576"])
            let user = try daemon.api.createUser(home: "/a")
            let (local, data) = try daemon.workspace.makeFile("file", bytes: 5_000_000)
            let back = daemon.workspace.file("back")
            let result = try daemon.client(user)
                .sftp(["put \(local) file", "get file \(back)"], arguments: ["-v"])
            #expect(result.status == 0, "\(result.error.suffix(2_000))")
            let exchanges = result.error.split(whereSeparator: \.isNewline)
                .filter { $0.contains("SSH2_MSG_KEXINIT received") }
            #expect(exchanges.count >= 4, "\(exchanges.count)")
            #expect(try Data(contentsOf: URL(fileURLWithPath: back)) == data)
            #expect(try Data(contentsOf: URL(fileURLWithPath: "\(daemon.home(of: user))/file")) == data)
        }
    }
}
