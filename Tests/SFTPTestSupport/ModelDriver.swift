import Glibc
import SFTPProtocol
import SSHWire

/// Sends random requests to a server, does the same to a plain directory, and finds where the two part.
///
/// Everything comes from the seed: the same seed gives the same requests. It ends with an error at the first answer or file
/// that is not what the model has.
public final class ModelDriver {
    /// Sends one request and gives its reply.
    public typealias Exchange = ([UInt8]) throws -> ParsedReply

    /// What was different.
    public struct Mismatch: Error, CustomStringConvertible {
        /// Seed, step, request and both outcomes.
        public let description: String
    }

    struct Opened {
        let handle: [UInt8]
        let descriptor: CInt
        let path: [UInt8]
    }

    /// As many are held open at most.
    static let handlesMax = 12
    /// Times from here on are the test's own present, which no two directories share to the second.
    static let present: UInt32 = 1_790_000_000

    let model = ModelDirectory()
    var random: SplitMix64
    var opened: [Opened] = []
    private let seed: UInt64
    private(set) var step = 0
    private var connect: () throws -> Exchange
    private var exchange: Exchange

    /// The host's path of the directory that the server's should be like.
    public var modelPath: String { model.path }

    /// - Parameter connect: starts a session with the server, whose home is empty at first, and ends the one before.
    public init(seed: UInt64, connect: @escaping () throws -> Exchange) throws {
        self.seed = seed
        self.connect = connect
        random = SplitMix64(seed: seed)
        exchange = try connect()
    }

    deinit {
        for file in opened { close(file.descriptor) }
    }

    /// Does this many random operations and compares everything at the end.
    public func run(steps: Int, comparingEvery interval: Int) throws {
        for _ in 0..<steps {
            step += 1
            try doSomething()
            if step % interval == 0 { try compareTrees() }
        }
        try compareTrees()
    }

    func send(_ packet: [UInt8]) throws -> ParsedReply { try exchange(packet) }

    func fail(_ what: String) -> Mismatch {
        Mismatch(description: "BERTH_TEST_SEED=\(seed) step \(step): \(what)")
    }

    /// Sends a request that is answered with a status alone.
    func expect(_ what: String, _ packet: [UInt8], _ expected: StatusCode) throws {
        let reply = try send(packet)
        guard reply.status == expected else { throw fail("\(what): expected \(expected), came \(reply)") }
    }

    /// The client goes without a CLOSE and comes again: what was acknowledged stays.
    func reconnect() throws {
        for file in opened { close(file.descriptor) }
        opened = []
        exchange = try connect()
    }

    /// Walks both trees: names, kinds, modes, sizes, contents, link targets, and times that were set.
    public func compareTrees(at path: [UInt8] = []) throws {
        guard let expected = model.names(in: path) else { throw fail("the model has no directory \(path)") }
        let shown = path.isEmpty ? "/".bytes : path
        let listed = try list(shown)
        guard Set(listed) == expected, listed.count == expected.count else {
            throw fail("\(String(decoding: shown, as: UTF8.self)) holds \(listed), expected \(expected)")
        }
        for name in expected where name != ".".bytes && name != "..".bytes {
            let child = path.isEmpty ? name : path + "/".bytes + name
            try compareAttributes(of: child, followLinks: false)
            switch model.lookUp(child, followLinks: false).found.st_mode & S_IFMT {
            case S_IFDIR: try compareTrees(at: child)
            case S_IFLNK: try compareLink(child)
            default:
                guard try content(child) == model.content(child) else {
                    throw fail("content of \(String(decoding: child, as: UTF8.self))")
                }
            }
        }
    }

    func list(_ path: [UInt8]) throws -> [[UInt8]] {
        guard let handle = try send(Packet.paths(.opendir, path)).string else { throw fail("OPENDIR of \(path)") }
        var names: [[UInt8]] = []
        while let more = try send(Packet.handle(.readdir, handle)).names { names += more.map(\.name) }
        try expect("CLOSE", Packet.handle(.close, handle), .ok)
        return names
    }

    func compareLink(_ path: [UInt8]) throws {
        let expected = model.linkTarget(path)
        let reply = try send(Packet.paths(.readlink, path))
        guard reply.status ?? .ok == expected.status,
            expected.status != .ok || reply.names?.first?.name == expected.target
        else { throw fail("READLINK of \(String(decoding: path, as: UTF8.self)): \(reply), expected \(expected)") }
    }

    func compareAttributes(of path: [UInt8], followLinks: Bool) throws {
        let expected = model.lookUp(path, followLinks: followLinks)
        try compare(send(Packet.paths(followLinks ? .stat : .lstat, path)), expected.status, expected.found, path)
    }

    func compare(_ reply: ParsedReply, _ status: StatusCode, _ expected: stat, _ path: [UInt8]) throws {
        let what = "attributes of \(String(decoding: path, as: UTF8.self))"
        guard status == .ok, let attributes = reply.attributes else {
            guard status == reply.status else { throw fail("\(what): expected \(status), came \(reply)") }
            return
        }
        // Of the bits above 0777 a directory may have one that hands its group on.
        let mask = S_IFMT | 0o777
        let mode = attributes.permissions ?? 0
        let isDirectory = expected.st_mode & S_IFMT == S_IFDIR
        let isPast = expected.st_mtim.tv_sec < Int(Self.present)
        guard mode & mask == expected.st_mode & mask, isDirectory || attributes.size == UInt64(expected.st_size),
            !isPast || attributes.times?.modification == UInt32(clamping: expected.st_mtim.tv_sec)
        else { throw fail("\(what): \(attributes), expected mode \(expected.st_mode) size \(expected.st_size)") }
    }

    private func content(_ path: [UInt8]) throws -> [UInt8] {
        guard let handle = try send(Packet.open(path, .read)).string else { throw fail("OPEN of \(path)") }
        var content: [UInt8] = []
        while let data = try send(Packet.read(handle, at: UInt64(content.count), .max)).string { content += data }
        try expect("CLOSE", Packet.handle(.close, handle), .ok)
        return content
    }
}
