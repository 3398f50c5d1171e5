import SSHWire
import SessionControl
import Testing

/// Messages with what failed in a session, and with what the listener blocks for it: members of version 5.
@Suite struct FailureMessageTests {
    private static let some = [
        OperationFailures(OperationFailures.Kind(.open, .noSuchFile), count: 3),
        OperationFailures(OperationFailures.Kind(.other, .unsupported), count: .max),
    ]
    private static let traffic = SessionRequest.traffic(bytesIn: 1, bytesOut: 2, failures: some)
    private static let closing = SessionRequest.closing(reason: "client left", bytesIn: 1, bytesOut: 2, failures: some)
    private static let end = ListenerReport.ended(
        SessionEnd(id: .random(), cause: "", signal: 11, block: .fault))

    private static func encoded(_ message: some ControlMessage) -> [UInt8] {
        var queue = ByteQueue()
        message.encode(into: &queue)
        return [UInt8](queue.bytes)
    }

    /// What a session says of failures; nil where the bytes are no message that does.
    private func failures(of bytes: [UInt8]) -> [OperationFailures]? {
        switch try? SessionRequest(decoding: bytes.span.bytes) {
        case .traffic(_, _, let failures), .closing(_, _, _, let failures): failures
        default: nil
        }
    }

    @Test func theyAreReadAsTheyWereSent() throws {
        for message in [Self.traffic, Self.closing] {
            let bytes = Self.encoded(message)
            #expect(failures(of: bytes) == Self.some)
            #expect(Self.encoded(try SessionRequest(decoding: bytes.span.bytes)) == bytes)
        }
        #expect(try ListenerReport(decoding: Self.encoded(Self.end).span.bytes) == Self.end)
    }

    @Test func everyPrefixIsAnErrorAndEveryFlippedBitAValueOrAnError() {
        func check<Message: ControlMessage>(_ message: Message) {
            let bytes = Self.encoded(message)
            for length in bytes.indices {
                let prefix = Array(bytes[..<length])
                #expect((try? Message(decoding: prefix.span.bytes)) == nil, "\(length) bytes of \(message)")
            }
            for bit in 0..<bytes.count * 8 {
                var flipped = bytes
                flipped[bit / 8] ^= 1 << UInt8(bit % 8)
                _ = try? Message(decoding: flipped.span.bytes)
            }
        }
        check(Self.traffic)
        check(Self.closing)
        check(Self.end)
    }

    @Test func neighboursOfVersion4HaveNone() throws {
        let bytes = Self.encoded(SessionRequest.traffic(bytesIn: 1, bytesOut: 2))
        #expect(failures(of: [4] + bytes.dropFirst().dropLast(4)) == [])
        #expect(failures(of: Array(bytes.dropLast(4))) == nil)
        let old = [4] + Self.encoded(Self.end).dropFirst().dropLast()
        guard case .ended(let read) = try ListenerReport(decoding: old.span.bytes) else {
            Issue.record("no end")
            return
        }
        #expect(read.signal == 11 && read.block == nil)
    }

    @Test func aReasonOfABlockThatOnlyANewerListenerKnowsIsNone() throws {
        for block in SessionEnd.Block.allCases {
            let end = ListenerReport.ended(SessionEnd(id: .random(), cause: "", signal: 27, block: block))
            #expect(try ListenerReport(decoding: Self.encoded(end).span.bytes) == end)
        }
        var bytes = Self.encoded(Self.end)
        bytes[bytes.count - 1] = 200
        #expect((try? ListenerReport(decoding: bytes.span.bytes)) == nil)
        bytes[0] = controlVersion + 1
        guard case .ended(let read) = try ListenerReport(decoding: bytes.span.bytes) else {
            Issue.record("no end")
            return
        }
        #expect(read.signal == 11 && read.block == nil)
    }

    @Test func kindsThatOnlyANewerSessionKnowsAreLeftOut() {
        let known = OperationFailures(OperationFailures.Kind(.stat, .failure), count: 1)
        let two = Self.encoded(SessionRequest.traffic(bytesIn: 1, bytesOut: 2, failures: [known, known]))
        for place in [two.count - 10, two.count - 9] {
            var bytes = two
            bytes[place] = 200
            #expect(failures(of: bytes) == nil)
            bytes[0] = controlVersion + 1
            #expect(failures(of: bytes) == [known])
        }
    }

    @Test func theyAreFew() {
        let one = OperationFailures(OperationFailures.Kind(.stat, .failure), count: 1)
        func isRead(_ count: Int) -> Bool {
            let many = [OperationFailures](repeating: one, count: count)
            return failures(of: Self.encoded(SessionRequest.traffic(bytesIn: 0, bytesOut: 0, failures: many))) != nil
        }
        #expect(isRead(255) && !isRead(256))
        // All there are fit into a message that counts as one: ten bytes each.
        #expect(OperationFailures.Operation.allCases.count * OperationFailures.Status.allCases.count * 10 < 1_000)
    }
}
