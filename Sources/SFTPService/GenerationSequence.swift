/// Numbers in an order that nobody can foretell, each of them once: a counter, encrypted with a key made at random.
///
/// The permutation is a Feistel network over the two halves of the counter, so that no number comes again before all 2³²
/// have been.
struct GenerationSequence {
    /// A key for each round.
    private let keys: SIMD8<UInt64>
    private var counter: UInt32 = 0

    /// A sequence with a key of its own, from the kernel's random numbers.
    init() {
        self.init(keys: .random(in: .min ... .max))
    }

    /// The sequence of these keys, behind `counter`.
    init(keys: SIMD8<UInt64>, after counter: UInt32 = 0) {
        self.keys = keys
        self.counter = counter
    }

    /// The next number, never 0.
    mutating func next() -> UInt32 {
        repeat {
            counter &+= 1
            let number = permuted(counter)
            if number != 0 { return number }
        } while true
    }

    private func permuted(_ number: UInt32) -> UInt32 {
        var left = UInt16(truncatingIfNeeded: number >> 16), right = UInt16(truncatingIfNeeded: number)
        for round in 0..<keys.scalarCount {
            (left, right) = (right, left ^ Self.mixed(right, keys[round]))
        }
        return UInt32(left) << 16 | UInt32(right)
    }

    /// 16 bits of which each depends on every bit of the half and of the key (SplitMix64's finalizer).
    private static func mixed(_ half: UInt16, _ key: UInt64) -> UInt16 {
        var bits = key &+ UInt64(half) &* 0x9e37_79b9_7f4a_7c15
        bits = (bits ^ (bits >> 30)) &* 0xbf58_476d_1ce4_e5b9
        bits = (bits ^ (bits >> 27)) &* 0x94d0_49bb_1331_11eb
        return UInt16(truncatingIfNeeded: bits >> 48)
    }
}
