import SFTPProtocol
import SFTPService
import SFTPTestSupport
import SSHWire
import Testing

/// This server and OpenSSH's, over two directories that are kept in step, each with the handles that it gave.
final class DifferentialPair {
    /// What was opened: by both, so that a test may use either's handle.
    struct Opened {
        let ours: [UInt8], theirs: [UInt8]
        var path: [UInt8] = []
        var isDirectory = false
    }

    /// A handle that neither server ever gives.
    static let made: [UInt8] = [9, 9, 9]

    let ours: Session
    let theirs: OpenSSHPeer
    let twin = ScratchDirectory()
    var handles: [Opened] = []

    init() throws {
        ours = try Session { $0.durability = .never }
        twin.directory("home")
        theirs = try OpenSSHPeer(directory: twin.host("home"))
    }

    /// Sends a request to both and compares the answers. New handles are put into ``handles``.
    @discardableResult
    func send(
        _ what: String, _ packet: [UInt8], _ other: [UInt8]? = nil, opening path: [UInt8] = [],
        isDirectory: Bool = false
    ) throws -> ParsedReply {
        let mine = try ours.send(packet), yours = try theirs.send(other ?? packet)
        if mine.type == .handle, yours.type == .handle, let one = mine.string, let two = yours.string {
            handles.append(Opened(ours: one, theirs: two, path: path, isDirectory: isDirectory))
            return mine
        }
        let home = twin.host("home").bytes
        #expect(Comparison.text(mine, home: []) == Comparison.text(yours, home: home), "\(what)")
        return mine
    }

    /// A request with a handle: of the opening at `index`, or for nil one that names nothing.
    @discardableResult
    func send(_ what: String, on index: Int?, _ packet: ([UInt8]) -> [UInt8]) throws -> ParsedReply {
        let opened = index.map { handles[$0] }
        return try send(what, packet(opened?.ours ?? Self.made), packet(opened?.theirs ?? Self.made))
    }

    /// Whether a path ends at a symbolic link to nothing: RENAME replaces it in OpenSSH and refuses here.
    func isDangling(_ path: String) throws -> Bool {
        try ours.send(Packet.paths(.lstat, path.bytes)).type == .attrs
            && ours.send(Packet.paths(.stat, path.bytes)).type != .attrs
    }

    /// Whether both directories hold the same.
    func expectEqualTrees(_ what: String) throws {
        #expect(try Comparison.tree(ours.scratch) == Comparison.tree(twin), "\(what)")
    }
}
