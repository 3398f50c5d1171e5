import SSHWire
import Testing

@Suite struct WireReaderTests {
    @Test func everyTypeRoundTrips() throws {
        var queue = ByteQueue()
        queue.append(7 as UInt8)
        queue.append(true)
        queue.append(0xdead_beef as UInt32)
        queue.append(0x0123_4567_89ab_cdef as UInt64)
        queue.append(string: [1, 2, 3])
        queue.append(string: "état")
        var reader = WireReader(queue.bytes)
        #expect(try reader.readByte() == 7)
        #expect(try reader.readBoolean())
        #expect(try reader.readUInt32() == 0xdead_beef)
        #expect(try reader.readUInt64() == 0x0123_4567_89ab_cdef)
        #expect([UInt8](try reader.readString()) == [1, 2, 3])
        #expect([UInt8](try reader.readString()) == [UInt8]("état".utf8))
        try reader.expectEnd()
    }

    @Test func everyTruncationOfAStringIsAnErrorAndConsumesNothing() throws {
        var queue = ByteQueue()
        queue.append(string: "berth")
        for length in 0..<queue.count {
            var reader = WireReader(queue.bytes.extracting(first: length))
            let error = #expect(throws: WireError.self) { _ = try reader.readString().byteCount }
            if case .truncated = error {} else { Issue.record("\(String(describing: error))") }
            #expect(reader.remaining == length)
        }
    }

    @Test func aLengthBeyondTheLimitIsRefusedBeforeItsBytes() {
        let frame: [UInt8] = [0xff, 0xff, 0xff, 0xff]
        var reader = WireReader(frame.span.bytes)
        #expect(throws: WireError.tooLong(length: 0xffff_ffff, limit: 16)) {
            _ = try reader.readString(limit: 16).byteCount
        }
        #expect(throws: WireError.truncated(needed: 0xffff_ffff, available: 0)) {
            _ = try reader.readString().byteCount
        }
    }

    @Test func leftOverBytesAreNamed() {
        let frame: [UInt8] = [1, 2]
        let reader = WireReader(frame.span.bytes)
        #expect(throws: WireError.trailingBytes(count: 2)) { try reader.expectEnd() }
    }
}
