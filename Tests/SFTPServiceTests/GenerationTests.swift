import SFTPProtocol
import SFTPTestSupport
import Testing

@testable import SFTPService

/// The second half of a handle.
@Suite struct GenerationTests {
    @Test func noNumberComesTwice() {
        var sequence = GenerationSequence()
        var seen: Set<UInt32> = []
        for _ in 0..<100_000 { seen.insert(sequence.next()) }
        #expect(seen.count == 100_000 && !seen.contains(0))
    }

    @Test func aNumberSaysNothingOfTheNext() {
        var sequence = GenerationSequence()
        let numbers = (0..<10_000).map { _ in sequence.next() }
        let steps = zip(numbers, numbers.dropFirst()).map { $1 &- $0 }
        #expect(Set(steps).count > 9_900, "a counter has one step, or few")
        #expect(steps.count { $0 < 1 << 16 || $0 > .max - 1 << 16 } < 50)
        // Each bit of a number is as often set as not.
        for bit in 0..<32 as Range<UInt32> {
            #expect((4_500..<5_500).contains(numbers.count { $0 >> bit & 1 == 1 }), "bit \(bit)")
        }
    }

    @Test func eachTableHasAnOrderOfItsOwn() {
        let firsts = (0..<100).map { _ in
            var sequence = GenerationSequence()
            return sequence.next()
        }
        #expect(Set(firsts).count > 98)
    }

    @Test func zeroIsNeverGiven() {
        // With these keys the counter's 0 becomes 0.
        var sequence = GenerationSequence(keys: .zero, after: .max)
        var withoutZero = GenerationSequence(keys: .zero)
        #expect(sequence.next() == withoutZero.next())
    }

    @Test func handlesOfAChannelAreNoSeries() throws {
        let session = try Session { $0.durability = .never }
        var steps: Set<UInt32> = []
        var last: UInt32 = 0
        for _ in 0..<50 {
            let handle = try session.open("/a", [.write, .create])
            let generation = handle.suffix(4).reduce(0) { $0 << 8 | UInt32($1) }
            steps.insert(generation &- last)
            last = generation
            #expect(try session.status(Packet.handle(.close, handle)) == .ok)
        }
        #expect(steps.count >= 49)
    }
}
