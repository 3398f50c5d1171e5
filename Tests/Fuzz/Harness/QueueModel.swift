import SSHWire

/// Does the same to a queue and to an array, which must stay equal.
final class QueueModel {
    private var cursor: InputCursor
    private var queue: ByteQueue
    private var model: [UInt8] = []

    private enum Failure: Error { case meant }

    init(_ cursor: InputCursor) {
        var cursor = cursor
        queue = ByteQueue(capacity: Int(cursor.byte()))
        self.cursor = cursor
    }

    func run() throws {
        while !cursor.isAtEnd {
            step(cursor.byte(), Int(cursor.byte()))
            try require([UInt8](queue.bytes) == model, "the queue is not what was put in")
            try require(queue.count == model.count && queue.isEmpty == model.isEmpty, "the queue's count")
        }
        queue.wipe()
        try require(queue.isEmpty, "a wiped queue holds bytes")
    }

    private func step(_ action: UInt8, _ count: Int) {
        switch action & 15 {
        case 0: queue.consume(count - 8); model.removeFirst(min(max(0, count - 8), model.count))
        case 1:
            queue.truncate(to: count - 8)
            if count - 8 < model.count { model.removeLast(model.count - max(0, count - 8)) }
        case 2: queue.removeAll(keepingCapacity: count); model = []
        case 3: queue.reserve(count << Int(action >> 5))
        case 4: queue.append(UInt8(count)); model.append(UInt8(count))
        case 5: appendNumber(UInt32(truncatingIfNeeded: cursor.uint32()))
        case 6:
            let value = cursor.uint64()
            queue.append(value)
            append(value, bytes: 8)
        case 7: appendString(count << Int(action >> 5))
        case 8: replace(at: count - 8)
        case 9: appendByClosure(count, writes: count)
        case 10: appendByClosure(count, writes: Int(cursor.byte()) - 8)
        case 11: _ = try? queue.append(upTo: count) { (_) throws(Failure) -> Int in throw .meant }
        case 12: queue.append(count & 1 == 1); model.append(UInt8(count & 1))
        default:
            let bytes = cursor.take(count)
            queue.append(raw: bytes.span.bytes)
            model += bytes
        }
    }

    private func append(_ value: some FixedWidthInteger, bytes: Int) {
        for shift in (0..<bytes).reversed() { model.append(UInt8(truncatingIfNeeded: value >> (8 * shift))) }
    }

    private func appendNumber(_ value: UInt32) {
        queue.append(value)
        append(value, bytes: 4)
    }

    private func appendString(_ count: Int) {
        let bytes = [UInt8](repeating: UInt8(truncatingIfNeeded: count), count: count)
        queue.append(string: bytes)
        append(UInt32(bytes.count), bytes: 4)
        model += bytes
    }

    private func replace(at offset: Int) {
        queue.replaceUInt32(at: offset, with: 0x0102_0304)
        guard offset >= 0, offset + 4 <= model.count else { return }
        model.replaceSubrange(offset..<offset + 4, with: [1, 2, 3, 4])
    }

    private func appendByClosure(_ count: Int, writes written: Int) {
        let result = queue.append(upTo: count) { buffer in
            for index in buffer.indices { buffer[index] = 0x77 }
            return written
        }
        if result > 0 { model += [UInt8](repeating: 0x77, count: result) }
    }
}
