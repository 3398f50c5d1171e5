import Foundation
import SFTPProtocol
import SFTPTestSupport
import SSHWire
import Testing

@testable import SFTPService

/// Random and damaged packets over a scratch directory: whatever comes, the answers are whole replies or the session's end,
/// and nothing outside of the home changes.
///
/// `BERTH_FUZZ_SEED` repeats a run, `BERTH_FUZZ_PACKETS` makes it longer.
@Suite struct FuzzTests {
    private struct Generator {
        var random: SplitMix64
        var handles: [[UInt8]] = []

        mutating func pick<Element>(_ elements: [Element]) -> Element { elements[random.below(elements.count)] }

        mutating func path() -> [UInt8] {
            let parts = ["a", "b", "d", "link", "..", ".", "", ".berth", "staged", "\u{e9}", "/", "fifo", "secret"]
            if random.below(20) == 0 { return random.bytes(random.below(300)) }
            return (0...random.below(4)).map { _ in pick(parts) }.joined(separator: "/").bytes
        }

        mutating func handle() -> [UInt8] {
            if handles.isEmpty || random.below(10) == 0 { return random.bytes(pick([0, 4, 8, 8, 8, 9, 256])) }
            return pick(handles)
        }

        mutating func attributes() -> FileAttributes {
            var attributes = FileAttributes()
            if random.below(3) == 0 { attributes.size = pick([0, 1, 4096, 1 << 33, .max, random.next()]) }
            if random.below(4) == 0 { attributes.owner = .init(user: pick([0, 1000]), group: 1000) }
            if random.below(2) == 0 { attributes.permissions = UInt32.random(in: .min ... .max, using: &random) }
            if random.below(3) == 0 { attributes.times = .init(access: 1, modification: .max) }
            return attributes
        }

        mutating func offset() -> UInt64 { pick([0, 1, 100, 1 << 20, 1 << 40, 1 << 63, .max, random.next()]) }

        mutating func packet() -> [UInt8] {
            switch random.below(24) {
            case 0...3: Packet.open(path(), OpenFlags(rawValue: UInt32(random.below(64))), attributes())
            case 4: Packet.handle(.close, handle())
            case 5, 6: Packet.read(handle(), at: offset(), pick([0, 1, 100, 300_000, .max]))
            case 7, 8: Packet.write(handle(), at: pick([0, 1, 5_000, .max]), random.bytes(random.below(3_000)))
            case 9: Packet.handle(pick([.fstat, .readdir, .readdir]), handle())
            case 10: Packet.fsetstat(handle(), attributes())
            case 11: Packet.path(pick([.setstat, .mkdir]), path(), attributes())
            case 12...16:
                Packet.paths(
                    pick([.lstat, .stat, .opendir, .opendir, .remove, .rmdir, .realpath, .readlink]), path())
            case 17, 18: Packet.paths(pick([.rename, .symlink]), path(), path())
            case 19: extended(["posix-rename@openssh.com", "hardlink@openssh.com"], path(), path())
            case 20:
                extended(
                    [
                        "statvfs@openssh.com", "limits@openssh.com", "expand-path@openssh.com", "home-directory",
                        "lsetstat@openssh.com", "what@example",
                    ], path())
            case 21 where random.below(2) == 0:
                random.below(2) == 0
                    ? extended(["users-groups-by-id@openssh.com"], handle(), handle()) : copy(handle(), handle())
            case 21: extended(["fsync@openssh.com", "fstatvfs@openssh.com"], handle())
            case 22: Packet.initialize(version: UInt32(random.below(8)))
            default: Packet.make(PacketType(rawValue: random.bytes(1)[0]), id: 7)
            }
        }

        private mutating func extended(_ names: [String], _ strings: [UInt8]...) -> [UInt8] {
            Packet.extended(pick(names)) { queue in for string in strings { queue.append(string: string) } }
        }

        private mutating func copy(_ source: [UInt8], _ target: [UInt8]) -> [UInt8] {
            let from = offset(), to = pick([0, 5_000, .max] as [UInt64]), length = pick([1, 100, 70_000] as [UInt64])
            return Packet.extended("copy-data") { queue in
                queue.append(string: source)
                queue.append(from)
                queue.append(length)
                queue.append(string: target)
                queue.append(to)
            }
        }

        /// Flips bits, cuts or grows; the length in front is usually kept true.
        mutating func damage(_ packet: [UInt8]) -> [UInt8] {
            var damaged = packet
            for _ in 0...random.below(3) where damaged.count > 4 {
                switch random.below(3) {
                case 0: damaged[4 + random.below(damaged.count - 4)] ^= 1 << UInt8(random.below(8))
                case 1: damaged.removeLast(random.below(damaged.count - 4))
                default: damaged += random.bytes(random.below(20))
                }
            }
            if random.below(200) != 0, damaged.count >= 4 {
                let length = UInt32(damaged.count - 4)
                damaged.replaceSubrange(0..<4, with: (0..<4).map { UInt8(truncatingIfNeeded: length >> (24 - 8 * $0)) })
            }
            return damaged
        }
    }

    private static func number(_ variable: String) -> UInt64? {
        ProcessInfo.processInfo.environment[variable].flatMap { UInt64($0) }
    }

    @Test func whateverComesIsAnsweredOrEndsTheSession() throws {
        let seed = Self.number("BERTH_FUZZ_SEED") ?? 20_260_101
        let packets = Self.number("BERTH_FUZZ_PACKETS") ?? 20_000
        print("fuzzing SFTPServer with BERTH_FUZZ_SEED=\(seed) BERTH_FUZZ_PACKETS=\(packets)")
        var generator = Generator(random: SplitMix64(seed: seed))
        let scratch = ScratchDirectory()
        scratch.file("secret", "host")
        scratch.directory("home")
        scratch.directory("home/.berth")
        scratch.file("home/.berth/staged", "hidden")
        mkfifo(scratch.host("home/fifo"), 0o666)
        var session = try Session(scratch) {
            $0.handlesMax = 100; $0.durability = .never
        }
        for _ in 0..<packets {
            var packet = generator.packet()
            if generator.random.below(3) == 0 { packet = generator.damage(packet) }
            let (replies, result) = session.exchange(packet)
            for reply in replies {
                if let string = reply.string, reply.type == .handle { generator.handles.append(string) }
                if reply.type == .status { #expect(reply.status != nil) }
                if reply.type == .name { #expect(reply.names != nil) }
            }
            if generator.handles.count > 120 { generator.handles.removeFirst(60) }
            // A packet whose length promises more than was sent would swallow the next ones: start again there too.
            if result != .needsInput || replies.isEmpty {
                session.server.inputEnded()
                session = try Session(scratch) {
                    $0.handlesMax = 100; $0.durability = .never
                }
                generator.handles = []
            }
        }
        #expect(scratch.content("secret") == "host".bytes)
        #expect(scratch.content("home/.berth/staged") == "hidden".bytes)
    }
}
