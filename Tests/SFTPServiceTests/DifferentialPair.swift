import SFTPProtocol
import SFTPService
import SFTPTestSupport
import SSHWire
import Testing

/// This server and OpenSSH's, over two directories that are kept in step, each with the handles that it gave.
final class DifferentialPair {
    /// What was opened: by both, so that a test may use either's handle.
    struct Opened {
        var ours: [UInt8], theirs: [UInt8]
        var path: [UInt8] = []
        var isDirectory = false
    }

    let ours: Session
    let theirs: OpenSSHPeer
    let twin = ScratchDirectory()
    var handles: [Opened] = []
    private var forgeries = 0

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
        var bytes = packet[...]
        let request = RecordedRequest.first(in: &bytes)
        #expect(Comparison.text(mine, request, home: []) == Comparison.text(yours, request, home: home), "\(what)")
        return mine
    }

    /// A request with a handle: of the opening at `index`, or for nil one that names nothing.
    @discardableResult
    func send(_ what: String, on index: Int?, _ packet: ([UInt8]) -> [UInt8]) throws -> ParsedReply {
        let opened = index.map { handles[$0] } ?? forged()
        return try send(what, packet(opened.ours), packet(opened.theirs))
    }

    /// Handles that name nothing, of one shape after the other.
    func forged() -> Opened {
        forgeries += 1
        let zeros = Opened(ours: [UInt8](repeating: 0, count: 8), theirs: [UInt8](repeating: 0, count: 4))
        var near = handles.last ?? zeros
        switch forgeries % 7 {
        case 0: return Opened(ours: [9, 9, 9], theirs: [9, 9, 9])
        case 1: return Opened(ours: [], theirs: [])
        case 2, 3:
            // The longest that the draft allows, and one that is longer: both begin as one that was given.
            let filling = [UInt8](repeating: 0, count: 254 + forgeries % 7)
            return Opened(
                ours: near.ours + filling.dropFirst(near.ours.count),
                theirs: near.theirs + filling.dropFirst(near.theirs.count))
        case 4:
            return Opened(ours: near.ours.dropLast(), theirs: near.theirs.dropLast())
        case 5:
            // OpenSSH's are small numbers: the one behind may have been given.
            return Opened(ours: near.ours.dropLast() + [near.ours[7] &+ 1], theirs: near.theirs + [0, 0, 0, 0])
        default:
            let bit = forgeries / 7 % 64
            near.ours[bit / 8] ^= 1 << UInt8(bit % 8)
            near.theirs[0] ^= 0x80
            return near
        }
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
