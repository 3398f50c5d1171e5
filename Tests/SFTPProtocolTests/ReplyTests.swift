import SFTPProtocol
import SFTPTestSupport
import SSHWire
import Testing

@Suite struct ReplyTests {
    private struct Failure: Error {}

    private func parse(_ queue: borrowing ByteQueue) throws -> ParsedReply {
        let (replies, left) = ParsedReply.all(in: [UInt8](queue.bytes))
        #expect(left == 0 && replies.count == 1)
        return try #require(replies.first)
    }

    @Test func statusSaysCodeMessageAndPath() throws {
        var queue = ByteQueue()
        let path = "/in/a.edi".bytes
        queue.appendStatus(.noSuchFile, "No such file", about: path.span.bytes, to: 99)
        let reply = try parse(queue)
        #expect(reply.id == 99 && reply.status == .noSuchFile && reply.message == "No such file: /in/a.edi")
        #expect(reply.body.suffix(4) == [0, 0, 0, 0])
    }

    @Test func statusOfOldVersionsEndsWithTheCode() throws {
        var queue = ByteQueue()
        queue.appendStatus(.ok, "Success", to: 1, hasText: false)
        #expect([UInt8](queue.bytes) == [0, 0, 0, 9, 101, 0, 0, 0, 1, 0, 0, 0, 0])
    }

    @Test func messagesAreUTF8AndPrintable() throws {
        let cases: [([UInt8], String)] = [
            ("a\nb\u{7f}\u{1b}[1m".bytes, "a?b??[1m"), ([0xff, 0x61, 0xc3], "?a?"), ("caf\u{e9}".bytes, "caf\u{e9}"),
            ([0xc0, 0xaf], "??"), ([0xed, 0xa0, 0x80], "???"), ("\u{85}\u{a0}".bytes, "??\u{a0}"),
            ("\u{1f600}\u{ffff}".bytes, "\u{1f600}\u{ffff}"), ([0xf4, 0x90, 0x80, 0x80], "????"),
            ([0xe0, 0x9f, 0xbf, 0xf0, 0x8f, 0xbf, 0xbf], "???????"),
        ]
        for (path, shown) in cases {
            var queue = ByteQueue()
            queue.appendStatus(.failure, "Failure", about: path.span.bytes, to: 1)
            #expect(try parse(queue).message == "Failure: " + shown)
        }
    }

    @Test(arguments: 0..<500 as Range<UInt64>) func everyPathGivesAMessageInUTF8(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let path = random.bytes(random.below(700))
        var queue = ByteQueue()
        queue.appendStatus(.failure, "Failure", about: path.span.bytes, to: 1)
        let message = try #require(try parse(queue).message)
        #expect(message.utf8.count <= 9 + 512)
        #expect(message.unicodeScalars.allSatisfy { $0.value >= 0x20 && !(0x7f...0x9f).contains($0.value) })
    }

    @Test func dataStandsBehindItsHeader() throws {
        var queue = ByteQueue(capacity: 16)
        queue.append(7 as UInt8)
        let count = queue.appendData(upTo: 1_000, to: 5) { buffer in
            #expect(buffer.count == 1_000)
            buffer.copyBytes(from: [1, 2, 3])
            return 3
        }
        #expect(count == 3)
        #expect([UInt8](queue.bytes) == [7, 0, 0, 0, 12, 103, 0, 0, 0, 5, 0, 0, 0, 3, 1, 2, 3])
    }

    @Test func nothingIsLeftOfDataThatCouldNotBeRead() {
        var queue = ByteQueue()
        queue.append(7 as UInt8)
        #expect(queue.appendData(upTo: 10, to: 5) { _ in 0 } == 0)
        #expect(queue.count == 1)
        #expect(throws: Failure.self) {
            _ = try queue.appendData(upTo: 10, to: 5) { (_) throws(Failure) -> Int in throw Failure() }
        }
        #expect(queue.count == 1)
    }

    @Test func namesHandlesAndVersion() throws {
        var queue = ByteQueue()
        let path = "/a".bytes
        queue.appendName(path.span.bytes, to: 3)
        #expect(try parse(queue).names == [.init(name: path, longName: path, attributes: FileAttributes())])
        queue.consume(queue.count)
        queue.appendHandle(WireHandle(slot: 1, generation: 2), to: 3)
        #expect(try parse(queue).string == [0, 0, 0, 1, 0, 0, 0, 2])
        queue.consume(queue.count)
        queue.appendVersion(extensions: [(name: "a@b", data: "1")])
        #expect(
            [UInt8](queue.bytes) == [0, 0, 0, 17, 2, 0, 0, 0, 3, 0, 0, 0, 3] + "a@b".bytes + [0, 0, 0, 1] + "1".bytes)
    }
}
