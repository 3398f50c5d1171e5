import SFTPProtocol
import SSHWire

/// One input for the parsers and writers of SFTP packets.
///
/// Rules: however a stream is cut, the same packets come out of it; what is parsed and written again parses the same; a
/// failed read leaves the reader where it was; replies are whole packets that say what was put in.
final class CodecRun {
    private var cursor: InputCursor

    init(_ input: [UInt8]) {
        cursor = InputCursor(input)
    }

    func run() throws {
        let mode = cursor.byte()
        switch mode & 3 {
        case 0: try checkStream(chunkBytes: 1 + Int(mode >> 2))
        case 1: try QueueModel(cursor).run()
        case 2: try ReplyRoundTrip(cursor).run()
        default: try RequestRoundTrip(cursor.rest()).check()
        }
    }

    private enum Item: Equatable {
        case packet([UInt8])
        case broken(ProtocolViolation)
    }

    private func checkStream(chunkBytes: Int) throws {
        let stream = cursor.rest()
        var whole: [Item] = []
        var pieces: [Item] = []
        var queue = ByteQueue()
        queue.append(raw: stream.span.bytes)
        takeItems(&queue, &whole)
        let left = queue.count
        queue.removeAll(keepingCapacity: 64)
        for start in stride(from: 0, to: stream.count, by: chunkBytes) {
            queue.append(raw: stream.span.bytes.extracting(start..<min(start + chunkBytes, stream.count)))
            guard takeItems(&queue, &pieces) else { break }
        }
        try require(whole == pieces, "the same stream in pieces of \(chunkBytes) bytes gives other packets")
        if case .broken = whole.last {} else { try require(queue.count == left, "bytes are left over") }
        for case .packet(let packet) in whole {
            try require(
                !packet.isEmpty && packet.count <= ProtocolLimit.packetBytes, "a packet of \(packet.count) bytes")
            if packet.count >= 5 { try RequestRoundTrip(Array(packet.dropFirst(5))).check() }
        }
    }

    /// Takes all packets; false when the stream is broken.
    @discardableResult
    private func takeItems(_ queue: inout ByteQueue, _ items: inout [Item]) -> Bool {
        while true {
            let bytes: Int
            switch Frame(at: queue.bytes) {
            case .incomplete: return true
            case .broken(let violation):
                items.append(.broken(violation))
                return false
            case .packet(let packet):
                items.append(.packet([UInt8](packet)))
                bytes = packet.byteCount
            }
            queue.consume(Frame.lengthBytes + bytes)
        }
    }
}
