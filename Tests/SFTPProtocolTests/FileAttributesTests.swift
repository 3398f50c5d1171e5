import SFTPProtocol
import SFTPTestSupport
import SSHWire
import Testing

@Suite struct FileAttributesTests {
    static func random(_ random: inout SplitMix64) -> FileAttributes {
        var attributes = FileAttributes()
        if Bool.random(using: &random) { attributes.size = random.next() }
        if Bool.random(using: &random) {
            attributes.owner = .init(
                user: .random(in: .min ... .max, using: &random), group: .random(in: .min ... .max, using: &random))
        }
        if Bool.random(using: &random) { attributes.permissions = .random(in: .min ... .max, using: &random) }
        if Bool.random(using: &random) {
            attributes.times = .init(
                access: .random(in: .min ... .max, using: &random),
                modification: .random(in: .min ... .max, using: &random))
        }
        return attributes
    }

    @Test(arguments: 0..<200 as Range<UInt64>) func attributesRoundTrip(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let attributes = Self.random(&random)
        var queue = ByteQueue()
        attributes.append(to: &queue)
        var reader = WireReader(queue.bytes)
        #expect(try FileAttributes(from: &reader) == attributes)
        #expect(reader.remaining == 0)
        let bytes = [UInt8](queue.bytes)
        for count in 0..<bytes.count {
            #expect(throws: WireError.self) {
                let prefix = Array(bytes[..<count])
                var reader = WireReader(prefix.span.bytes)
                _ = try FileAttributes(from: &reader)
            }
        }
    }

    @Test func extendedAttributesAreReadOver() throws {
        var queue = ByteQueue()
        queue.append(0x8000_0004 as UInt32)
        queue.append(0o644 as UInt32)
        queue.append(2 as UInt32)
        for text in ["acl@example", "x", "", ""] { queue.append(string: text) }
        queue.append(9 as UInt8)
        var reader = WireReader(queue.bytes)
        #expect(try FileAttributes(from: &reader).permissions == 0o644)
        #expect(reader.remaining == 1)
    }

    @Test func aCountOfExtendedAttributesIsLimited() throws {
        var queue = ByteQueue()
        queue.append(0x8000_0000 as UInt32)
        queue.append(UInt32.max)
        var reader = WireReader(queue.bytes)
        #expect(throws: WireError.tooLong(length: 4_294_967_295, limit: 1024)) {
            _ = try FileAttributes(from: &reader)
        }
    }

    @Test func flagsWithoutMeaningAreIgnored() throws {
        var queue = ByteQueue()
        queue.append(0x7fff_fff4 as UInt32)
        queue.append(0o600 as UInt32)
        var reader = WireReader(queue.bytes)
        #expect(try FileAttributes(from: &reader).permissions == 0o600)
    }
}
