import ConfinedFileSystem
import SFTPProtocol
import SFTPService
import SFTPTestSupport
import SSHWire

/// The SFTP server in the test's own process, without chroot, Landlock or seccomp: nothing but openat2 stands between it and
/// the host.
final class InProcessSFTP {
    private let server: SFTPServer
    private var input = ByteQueue()
    private var output = ByteQueue()

    init(home: String, durability: SFTPOptions.Durability = .never) throws {
        var options = SFTPOptions()
        options.durability = durability
        server = SFTPServer(root: try ConfinedDirectory(opening: home), options: options)
        _ = try send(all: [Packet.initialize()])
    }

    /// A reply to each of the requests.
    func send(all packets: [[UInt8]]) throws -> [ParsedReply] {
        for packet in packets { input.append(raw: packet.span.bytes) }
        var replies: [ParsedReply] = []
        while replies.count < packets.count {
            let result = server.serve(input: &input, output: &output)
            let (more, _) = ParsedReply.all(in: [UInt8](output.bytes))
            output.consume(output.count)
            replies += more
            if case .ended(let violation) = result { throw violation }
        }
        return replies
    }
}
