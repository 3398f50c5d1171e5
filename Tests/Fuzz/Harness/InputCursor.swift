/// Takes numbers and bytes out of an input, one after the other. At its end everything is zero and empty, so that every
/// input, and every cut of one, means something.
struct InputCursor {
    private let bytes: [UInt8]
    private var position = 0

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    var isAtEnd: Bool { position >= bytes.count }

    mutating func byte() -> UInt8 {
        guard position < bytes.count else { return 0 }
        defer { position += 1 }
        return bytes[position]
    }

    /// That many bytes, fewer at the end.
    mutating func take(_ count: Int) -> [UInt8] {
        let end = min(position + max(0, count), bytes.count)
        defer { position = end }
        return Array(bytes[position..<end])
    }

    /// Everything that is left.
    mutating func rest() -> [UInt8] { take(bytes.count - position) }

    mutating func uint32() -> UInt32 {
        (0..<4).reduce(0) { value, _ in value << 8 | UInt32(byte()) }
    }

    mutating func uint64() -> UInt64 {
        UInt64(uint32()) << 32 | UInt64(uint32())
    }
}
