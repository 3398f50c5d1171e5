import ConfinedFileSystem
import SFTPProtocol
import SFTPTestSupport
import SSHWire
import Testing

@testable import SFTPService

/// A server over a scratch directory, driven with packets as a channel would.
final class Session {
    final class Events: FileEventSink {
        private(set) var all: [FileEvent] = []
        func record(_ event: FileEvent) { all.append(event) }
        func take() -> [FileEvent] {
            defer { all = [] }
            return all
        }
    }

    let scratch: ScratchDirectory
    let server: SFTPServer
    let events = Events()
    private var input = ByteQueue()
    private var output = ByteQueue()

    /// The home is a directory in a scratch directory, so that there is a host around it to be kept out of.
    init(
        _ scratch: ScratchDirectory = ScratchDirectory(), initialized: Bool = true, allowance: HandleAllowance? = nil,
        _ change: (inout SFTPOptions) -> Void = { _ in }
    ) throws {
        self.scratch = scratch
        if !scratch.exists("home") { scratch.directory("home") }
        var options = SFTPOptions()
        change(&options)
        server = SFTPServer(
            root: try ConfinedDirectory(opening: scratch.host("home")), options: options, allowance: allowance,
            events: events)
        if initialized { #expect(try send(Packet.initialize()).type == .version) }
    }

    /// Sends bytes, says what came back and why the server stopped.
    func exchange(_ bytes: [UInt8]) -> (replies: [ParsedReply], result: ServeResult) {
        input.append(raw: bytes.span.bytes)
        let result = server.serve(input: &input, output: &output)
        let (replies, left) = ParsedReply.all(in: [UInt8](output.bytes))
        #expect(left == 0, "the output ends within a reply")
        output.consume(output.count)
        return (replies, result)
    }

    /// Sends one request and gives its one reply.
    @discardableResult
    func send(_ packet: [UInt8]) throws -> ParsedReply {
        let (replies, result) = exchange(packet)
        #expect(result == .needsInput && replies.count == 1)
        return try #require(replies.first)
    }

    /// Opens a file.
    func open(_ path: String, _ flags: OpenFlags, _ attributes: FileAttributes = FileAttributes()) throws -> [UInt8] {
        let reply = try send(Packet.open(path.bytes, flags, attributes))
        return try #require(reply.string, "\(reply)")
    }

    /// A status and, if it is none, nil.
    func status(_ packet: [UInt8]) throws -> StatusCode? { try send(packet).status }

    /// Makes a file with this content, closed.
    func put(_ path: String, _ content: [UInt8]) throws {
        let handle = try open(path, [.write, .create, .truncate])
        #expect(try status(Packet.write(handle, at: 0, content)) == .ok)
        #expect(try status(Packet.handle(.close, handle)) == .ok)
    }

    /// All entries of a directory.
    func list(_ path: String) throws -> [ParsedReply.Name] {
        let handle = try #require(try send(Packet.paths(.opendir, path.bytes)).string)
        var names: [ParsedReply.Name] = []
        while let more = try send(Packet.handle(.readdir, handle)).names {
            #expect(!more.isEmpty && (more.count <= 100 || !names.isEmpty))
            names += more
        }
        #expect(try status(Packet.handle(.readdir, handle)) == .endOfFile)
        #expect(try status(Packet.handle(.close, handle)) == .ok)
        return names
    }
}
