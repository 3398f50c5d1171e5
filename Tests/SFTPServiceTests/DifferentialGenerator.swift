import SFTPProtocol
import SFTPTestSupport
import SSHWire

/// Makes paths, attributes and flags for two servers of which one is in no chroot: nothing that it makes leaves the home.
struct DifferentialGenerator {
    var random: SplitMix64

    private static let names = ["a", "b", "c", "d", "e", "link", "\u{e9}"]
    /// Names as hostile or careless clients send them.
    private static let oddNames: [[UInt8]] = [
        [], " ".bytes, "~".bytes, "-rf".bytes, "a\nb".bytes, [0xff, 0xfe], [0x1b, 0x5b], [0x61, 0],
        [UInt8](repeating: 0xe9, count: 255), [UInt8](repeating: 0x41, count: 256), "a//b".bytes, "./a".bytes,
        "d/./".bytes,
    ]

    init(seed: UInt64) {
        random = SplitMix64(seed: seed)
    }

    mutating func pick<Element>(_ elements: [Element]) -> Element { elements[random.below(elements.count)] }

    /// A relative path with one ".." at most, behind a name.
    mutating func path() -> String {
        var path = target()
        if random.below(4) == 0 { path += "/.." }
        if random.below(4) == 0 { path += "/" + pick(Self.names) }
        if random.below(6) == 0 { path += "/" }
        return path
    }

    /// A path, now and then an odd one.
    mutating func pathBytes() -> [UInt8] {
        random.below(12) == 0 ? pick(Self.oddNames) : path().bytes
    }

    /// A path without any "..": what symbolic links point to.
    mutating func target() -> String {
        var path = pick(Self.names)
        for _ in 0..<random.below(2) { path += "/" + pick(Self.names + ["."]) }
        return path
    }

    mutating func attributes() -> FileAttributes {
        var attributes = FileAttributes()
        if random.below(3) == 0 { attributes.size = pick([0, 1, 70_000, .max]) }
        if random.below(2) == 0 { attributes.permissions = pick([0o644, 0o600, 0o755, 0o777, 0o100_640]) }
        if random.below(3) == 0 { attributes.times = .init(access: 1, modification: pick([1, 1_000_000_000])) }
        return attributes
    }

    /// A request's packet with bytes behind its last member, now and then.
    mutating func trailing(_ packet: [UInt8]) -> [UInt8] {
        guard random.below(10) == 0 else { return packet }
        var longer = packet + random.bytes(random.below(9))
        let length = UInt32(longer.count - 4)
        longer.replaceSubrange(0..<4, with: (0..<4).map { UInt8(truncatingIfNeeded: length >> (24 - 8 * $0)) })
        return longer
    }
}
