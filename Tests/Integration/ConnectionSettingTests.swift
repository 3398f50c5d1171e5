import Foundation
import Glibc
import ServiceTestSupport
import Testing

extension Integration {
    /// What the settings about connections do to a real client; `sftp -v` says what it saw.
    @Suite struct ConnectionSettingTests {
        @Test(arguments: [["--check-config"], []])
        func `a configuration that the data plane can't be told is refused at the check, as at the start`(
            arguments: [String]
        ) throws {
            let workspace = try Workspace()
            // Two paths of the configuration begin with it.
            let long = workspace.file("data/") + String(repeating: "/directory", count: 150)
            func check(_ count: Int, banner: Int) throws -> Command.Result {
                let networks = (0..<count).map { "2001:db8:1111:2222:3333:4444:5555:\($0 + 1_000)/128" }
                    .joined(separator: ",")
                return try Command.run(
                    Programs.berthd, ["run"] + arguments,
                    environment: [
                        "BERTHD_DATA": long, "BERTHD_SFTP_ALLOW_NETWORKS": networks,
                        "BERTHD_SFTP_BLOCK_NETWORKS": networks, "BERTHD_SFTP_TRUSTED_NETWORKS": networks,
                        "BERTHD_SFTP_LEGACY_NETWORKS": networks,
                        "BERTHD_SFTP_BANNER": String(repeating: "b", count: banner),
                    ])
            }
            let refused = try check(64, banner: 4_096)
            #expect(refused.status == 78, "\(refused)")
            #expect(refused.error.contains("sftp.banner and the lists of addresses and networks"), "\(refused)")
            #expect(refused.error.contains(" bytes longer than the data plane can be told"), "\(refused)")
            #expect(!FileManager.default.fileExists(atPath: workspace.file("data")), "nothing was begun")
            guard !arguments.isEmpty else { return }
            #expect(try check(64, banner: 10).status == 0)
        }

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
