import Foundation
import Glibc
import ServiceTestSupport
import Testing

extension Integration {
    /// The two planes as two services, the way systemd runs them.
    @Suite struct SeparatePlanesTests {
        @Test func `a transfer outlives a restart of berthd, which then still ends the session of a deleted user`()
            throws
        {
            let data = try DataPlane()
            let first = try Daemon(settings: data.settings, dataPlane: data)
            let user = try first.api.createUser(home: "/a")
            let (local, bytes) = try first.workspace.makeFile("file", bytes: 1_500_000)
            let remote = "\(first.home(of: user))/file"
            let session = try first.client(user).open(arguments: ["-l", "4000", "-B", "16384"])
            session.type("put \(local) file")
            #expect(eventually(seconds: 10) { size(of: remote) > 0 })
            first.crash()

            let second = try Daemon(after: first)
            #expect(size(of: remote) < bytes.count, "the transfer was over before the restart was")
            #expect(session.answers(seconds: 15))
            #expect(try Data(contentsOf: URL(fileURLWithPath: remote)) == bytes)
            #expect(data.process.isRunning)
            #expect(try second.api.deleteUser(user.username).status == 204)
            #expect(session.isDisconnected(seconds: 1.5), "\(second.log.text)\n\(data.log.text)")
        }

        @Test func `a user who was deleted while berthd was away loses the session when it is back`() throws {
            let data = try DataPlane()
            let first = try Daemon(settings: data.settings, dataPlane: data)
            let user = try first.api.createUser(home: "/a")
            let stays = try first.api.createUser(home: "/b")
            let leaver = try first.client(user).open()
            let stayer = try first.client(stays).open()
            first.crash()
            // Without the planes' link: a daemon of its own on the same data.
            let alone = try Daemon(settings: ["BERTHD_SFTP_CONTROL_SOCKET": ""], after: first, freshPorts: true)
            #expect(try alone.api.deleteUser(user.username).status == 204)
            #expect(alone.stop() == 0)
            #expect(leaver.answers())
            let second = try Daemon(settings: data.settings, after: first)
            #expect(leaver.isDisconnected(seconds: 3), "\(second.log.text)")
            #expect(stayer.answers())
        }

        @Test func `the data plane ends well on SIGTERM and lets the transfer finish`() throws {
            let data = try DataPlane()
            let daemon = try Daemon(settings: data.settings, dataPlane: data)
            let user = try daemon.api.createUser(home: "/a")
            let (local, bytes) = try daemon.workspace.makeFile("file", bytes: 1_000_000)
            let remote = "\(daemon.home(of: user))/file"
            let session = try daemon.client(user).open(arguments: ["-l", "4000", "-B", "16384"])
            session.type("put \(local) file")
            #expect(eventually(seconds: 10) { size(of: remote) > 0 })
            data.process.signal(SIGTERM)
            #expect(data.process.wait(seconds: 20) == 0, "\(data.log.text)")
            #expect(try Data(contentsOf: URL(fileURLWithPath: remote)) == bytes)
            #expect(daemon.process.isRunning)
        }
    }
}
