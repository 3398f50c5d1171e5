import Foundation
import SFTPProtocol
import SFTPService
import SFTPTestSupport
import SSHWire
import Testing

/// The same requests to this server and to OpenSSH's, over two directories that are kept in step: the replies must be equal
/// in type, status, data, names and attributes, as far as a client can tell. `docs/protocol.md` lists the differences;
/// the generator keeps out of them.
@Suite(.enabled(if: OpenSSHPeer.isInstalled)) struct DifferentialTests {
    /// Two servers, each with the handles that it gave for the same OPEN.
    private final class Pair {
        let ours: Session
        let theirs: OpenSSHPeer
        let twin = ScratchDirectory()
        var handles: [(ours: [UInt8], theirs: [UInt8], isDirectory: Bool)] = []

        init() throws {
            ours = try Session { $0.durability = .never }
            twin.directory("home")
            theirs = try OpenSSHPeer(directory: twin.host("home"))
        }

        /// Sends a request to both; its handle, if it has one, is each server's own.
        func send(_ what: String, _ packet: ([UInt8]) -> [UInt8], handle: Int? = nil) throws -> ParsedReply {
            let none: [UInt8] = [9]
            let one = try ours.send(packet(handle.map { handles[$0].ours } ?? none))
            let other = try theirs.send(packet(handle.map { handles[$0].theirs } ?? none))
            if let mine = one.string, let yours = other.string, one.type == .handle, other.type == .handle {
                handles.append((mine, yours, what.hasPrefix("opendir")))
                return one
            }
            let home = twin.host("home").bytes
            #expect(Comparison.text(one, home: []) == Comparison.text(other, home: home), "\(what)")
            return one
        }
    }

    private struct Generator {
        var random: SplitMix64

        mutating func pick<Element>(_ elements: [Element]) -> Element { elements[random.below(elements.count)] }

        /// A path that OpenSSH's server, which is in no chroot here, can't leave the home with: relative, and with one
        /// ".." at most, behind a name.
        mutating func path() -> String {
            var path = target()
            if random.below(4) == 0 { path += "/.." }
            if random.below(4) == 0 { path += "/" + pick(Self.names) }
            if random.below(6) == 0 { path += "/" }
            return path
        }

        /// A path without any "..": what symbolic links point to.
        mutating func target() -> String {
            var path = pick(Self.names)
            for _ in 0..<random.below(2) { path += "/" + pick(Self.names + ["."]) }
            return path
        }

        private static let names = ["a", "b", "c", "d", "e", "link", "\u{e9}"]

        mutating func attributes() -> FileAttributes {
            var attributes = FileAttributes()
            if random.below(3) == 0 { attributes.size = pick([0, 1, 70_000]) }
            if random.below(2) == 0 { attributes.permissions = pick([0o644, 0o600, 0o755, 0o777, 0o100_640]) }
            if random.below(3) == 0 { attributes.times = .init(access: 1, modification: pick([1, 1_000_000_000])) }
            return attributes
        }
    }

    /// `BERTH_FUZZ_SEED` is where the seeds start and `BERTH_DIFFERENTIAL_RUNS` how many there are.
    private static let seeds: Range<UInt64> = {
        let environment = ProcessInfo.processInfo.environment
        let first = environment["BERTH_FUZZ_SEED"].flatMap { UInt64($0) } ?? 0
        let runs = environment["BERTH_DIFFERENTIAL_RUNS"].flatMap { UInt64($0) } ?? 24
        return first..<(first + runs)
    }()

    @Test(arguments: seeds) func repliesAreThoseOfOpenSSH(seed: UInt64) throws {
        var generator = Generator(random: SplitMix64(seed: seed))
        let pair = try Pair()
        for step in 0..<250 { try self.step(&generator, pair, "seed \(seed) step \(step)") }
        #expect(try Comparison.tree(pair.ours.scratch) == Comparison.tree(pair.twin))
    }

    private func step(_ generator: inout Generator, _ pair: Pair, _ place: String) throws {
        let path = generator.path(), other = generator.path()
        func send(_ type: PacketType, _ name: String) throws {
            _ = try pair.send("\(name) \(path) \(place)") { _ in Packet.paths(type, path.bytes) }
        }
        switch generator.random.below(20) {
        case 0...3:
            let flags = OpenFlags(rawValue: UInt32(generator.random.below(64)))
            let attributes = generator.attributes()
            _ = try pair.send("open \(path) \(flags.rawValue) \(place)") { _ in
                Packet.open(path.bytes, flags, attributes)
            }
        case 4, 5: try send(.stat, "stat")
        case 6: try send(.lstat, "lstat")
        case 7: try send(.remove, "remove")
        case 8: try send(.rmdir, "rmdir")
        case 9: try send(.realpath, "realpath")
        case 10: try send(.readlink, "readlink")
        case 11: try send(.opendir, "opendir")
        case 12, 13:
            let attributes = generator.attributes()
            let type: PacketType = generator.pick([.mkdir, .mkdir, .setstat])
            _ = try pair.send("\(type.rawValue) \(path) \(place)") { _ in Packet.path(type, path.bytes, attributes) }
        case 14:
            guard try !isDangling(other, pair) else { return }
            _ = try pair.send("rename \(path) \(other) \(place)") { _ in
                Packet.paths(.rename, path.bytes, other.bytes)
            }
        case 15:
            let name = generator.pick(["posix-rename@openssh.com", "hardlink@openssh.com"])
            _ = try pair.send("\(name) \(path) \(other) \(place)") { _ in
                Packet.extended(name) {
                    $0.append(string: path)
                    $0.append(string: other)
                }
            }
        case 16:
            let target = generator.target()
            _ = try pair.send("symlink \(target) \(path) \(place)") { _ in
                Packet.paths(.symlink, target.bytes, path.bytes)
            }
        default: try handleStep(&generator, pair, place)
        }
    }

    private func handleStep(_ generator: inout Generator, _ pair: Pair, _ place: String) throws {
        guard !pair.handles.isEmpty else { return }
        let index = generator.random.below(pair.handles.count)
        let offset = generator.pick([0, 1, 100, 80_000] as [UInt64])
        let data = generator.random.bytes(generator.random.below(500))
        let attributes = generator.attributes()
        switch generator.random.below(7) {
        case 0: _ = try pair.send("fstat \(place)", { Packet.handle(.fstat, $0) }, handle: index)
        case 1, 2: _ = try pair.send("read \(place)", { Packet.read($0, at: offset, 1_000) }, handle: index)
        case 3, 4: _ = try pair.send("write \(place)", { Packet.write($0, at: offset, data) }, handle: index)
        case 5: _ = try pair.send("fsetstat \(place)", { Packet.fsetstat($0, attributes) }, handle: index)
        default:
            _ = try pair.send("close \(place)", { Packet.handle(.close, $0) }, handle: index)
            pair.handles.remove(at: index)
        }
    }

    /// Whether a path ends at a symbolic link to nothing: RENAME replaces it in OpenSSH and refuses here.
    private func isDangling(_ path: String, _ pair: Pair) throws -> Bool {
        try pair.ours.send(Packet.paths(.lstat, path.bytes)).type == .attrs
            && pair.ours.send(Packet.paths(.stat, path.bytes)).type != .attrs
    }
}
