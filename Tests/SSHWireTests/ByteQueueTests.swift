import SFTPTestSupport
import SSHWire
import Testing

@Suite struct ByteQueueTests {
    /// A queue and a plain array go through the same random steps and must hold the same bytes.
    @Test(arguments: 0..<50 as Range<UInt64>)
    func behavesAsAnArray(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        var queue = ByteQueue(capacity: 16)
        var model: [UInt8] = []
        for _ in 0..<400 {
            switch random.next() % 7 {
            case 0:
                let value = UInt8.random(in: .min ... .max, using: &random); queue.append(value); model.append(value)
            case 1:
                let bytes = (0..<Int(random.next() % 60)).map { _ in UInt8.random(in: .min ... .max, using: &random) }
                queue.append(raw: bytes.span.bytes)
                model += bytes
            case 2:
                let count = Int(random.next() % 80)
                queue.consume(count)
                model.removeFirst(min(count, model.count))
            case 3:
                let count = Int(random.next() % 80)
                queue.truncate(to: count)
                model.removeLast(max(0, model.count - count))
            case 4: queue.compact()
            case 5:
                let count = Int(random.next() % 40) + 1
                let written = queue.append(upTo: count) { space in
                    for index in 0..<(count / 2) { space[index] = 9 }
                    return count / 2
                }
                #expect(written == count / 2)
                model += Array(repeating: 9, count: count / 2)
            default:
                let value = UInt32.random(in: .min ... .max, using: &random)
                queue.append(value)
                model += (0..<4).map { UInt8(truncatingIfNeeded: value >> (24 - 8 * $0)) }
            }
            #expect([UInt8](queue.bytes) == model)
        }
    }

    /// As when a client sends without a pause, and each piece ends in the middle of a request.
    @Test(arguments: [300, 900]) func aQueueThatNeverRunsEmptyStaysAtTheFrontOfItsBlock(rest: Int) {
        var queue = ByteQueue(capacity: 1_000_000)
        var places: [UInt] = []
        for _ in 0..<10_000 {
            queue.compact()
            _ = queue.append(upTo: 1_000) { space in
                places.append(UInt(bitPattern: space.baseAddress))
                return space.count
            }
            queue.consume(queue.count - rest)
        }
        let first = places.min() ?? 0
        #expect(places.allSatisfy { $0 - first < 4_000 })
    }

    @Test func aLengthIsFilledInAfterwards() {
        var queue = ByteQueue()
        queue.append(0 as UInt32)
        queue.append(string: "a")
        queue.replaceUInt32(at: 0, with: 5)
        queue.replaceUInt32(at: 6, with: .max)
        queue.replaceUInt32(at: -1, with: .max)
        #expect([UInt8](queue.bytes) == [0, 0, 0, 5, 0, 0, 0, 1, 0x61])
    }
}
