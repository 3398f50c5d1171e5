import SFTPProtocol
import SFTPTestSupport
import ServiceTestSupport
import Testing

extension Attack {
    @Suite struct LinkTests {
        @Test func `a link to a file of the host leads nowhere`() throws {
            let daemon = try Daemon()
            let user = try daemon.api.createUser(home: "/a")
            let session = try SFTPOverSSH(daemon.client(user))
            #expect(try session.send(Packet.paths(.symlink, "/etc/passwd".bytes, "/out".bytes)).status == .ok)
            #expect(try session.send(Packet.open("/out".bytes, .read)).status == .noSuchFile)
        }
    }
}
