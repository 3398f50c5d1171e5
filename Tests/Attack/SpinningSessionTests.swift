import Foundation
import Glibc
import ServiceTestSupport
import Testing

extension Attack {
    /// Sessions that use up processor time: what ends them, and what their addresses may do afterwards.
    @Suite struct SpinningSessionTests {
        private static let watchful = ["BERTHD_SFTP_TRUSTED_NETWORKS": ""]

        private func greeting(_ daemon: Daemon, from source: String) throws -> String? {
            try TCPConnection(port: daemon.sftpPort, from: source).readToEnd(seconds: 2)
                .map { String(decoding: $0, as: UTF8.self) }
        }

        @Test("a client that takes only tiny packets loses its connection, at once, and nothing else")
        func tinyPackets() throws {
            let daemon = try Daemon(settings: Self.watchful)
            let watch = try #require(daemon.watch)
            let user = try daemon.api.createUser(home: "/a")
            let script = URL(filePath: #filePath).deletingLastPathComponent()
                .appending(path: "Clients/tiny_packets.py").path
            // For 10, libssh sends empty packets without end; what is below that counts as endless.
            for (size, request) in [(10, "sftp"), (10, "shell"), (11, "sftp"), (11, "shell")] {
                let start = daemon.log.lines.count
                let before = try #require(ProcessTable.processorTimeOfChildren(of: watch.pid))
                let result = try Command.run(
                    Programs.python,
                    ["-B", script, "\(daemon.sftpPort)", user.username, "\(size)", "127.0.0.9", request],
                    environment: ["BERTH_TEST_PASSWORD": user.password])
                #expect(result.status == 0 && result.output == "ended", "\(size) \(request): \(result)")
                let end = daemon.log.waitForLine(containing: " session ended ", from: start)
                #expect(end?.contains("maximum packet size is too small") == true, "\(size) \(request): \(end ?? "")")
                #expect(end?.contains("signal") == false, "\(end ?? "")")
                let used = try #require(ProcessTable.processorTimeOfChildren(of: watch.pid)) - before
                #expect(used < 1, "\(size) \(request): \(used) s")
            }
            #expect(watch.takeovers == 0 && !daemon.log.text.contains("address blocked"), "\(daemon.log.text)")
            #expect(try daemon.client(user).sftp(["pwd"], arguments: ["-o", "BindAddress=127.0.0.9"]).status == 0)
        }

        /// A session from 127.0.0.9 ends as by the watchdog, while another one from there is open.
        private func spin(_ daemon: Daemon, _ user: TestUser) throws -> OpenSFTP {
            let watch = try #require(daemon.watch)
            let source = ["-o", "BindAddress=127.0.0.9"]
            let other = try daemon.client(user).open(arguments: source)
            let (client, session) = try watch.session { try daemon.client(user).open(arguments: source) }
            kill(try #require(session), SIGPROF)
            #expect(client.isDisconnected(seconds: 5))
            #expect(daemon.log.waitForLine(containing: "too much processor time in one step") != nil)
            return other
        }

        @Test("who used up processor time stays away for a while, and the listener goes on as it is")
        func whoSpinsStaysAway() throws {
            let daemon = try Daemon(settings: Self.watchful)
            let watch = try #require(daemon.watch)
            let user = try daemon.api.createUser(home: "/a")
            let layout = watch.layout
            let other = try spin(daemon, user)
            #expect(daemon.log.waitForLine(containing: "address blocked") != nil)
            #expect(
                try greeting(daemon, from: "127.0.0.9")
                    == "Not allowed at this time: a session from this address failed, try again later\r\n")
            #expect(try daemon.client(user).sftp(["pwd"]).status == 0)
            #expect(other.answers())
            let blocked = daemon.log.lines.filter { $0.contains(" address blocked ") }
            #expect(blocked.count == 1 && blocked[0].contains("used too much processor time"), "\(blocked)")
            #expect(watch.takeovers == 0 && watch.layout == layout, "\(daemon.log.text)")
        }

        @Test("addresses that the operator trusts are not kept away for it")
        func trustedOnesMaySpin() throws {
            let daemon = try Daemon(settings: ["BERTHD_SFTP_TRUSTED_NETWORKS": "127.0.0.9"])
            let user = try daemon.api.createUser(home: "/a")
            let other = try spin(daemon, user)
            #expect(try daemon.client(user).sftp(["pwd"], arguments: ["-o", "BindAddress=127.0.0.9"]).status == 0)
            #expect(other.answers())
            #expect(!daemon.log.text.contains("address blocked"), "\(daemon.log.text)")
        }
    }
}
