import SFTPProtocol
import SFTPTestSupport
import SSHWire
import Testing

/// Every parser takes what it should, and any other bytes without a trap.
@Suite struct RequestTests {
    static let attributes: FileAttributes = {
        var attributes = FileAttributes()
        attributes.size = 5
        attributes.owner = .init(user: 1, group: 2)
        attributes.permissions = 0o640
        attributes.times = .init(access: 3, modification: 4)
        return attributes
    }()
    static let handle: [UInt8] = [0, 0, 0, 1, 0, 0, 0, 2]

    /// A valid packet of each form.
    static let packets: [[UInt8]] = [
        Packet.initialize(),
        Packet.open("/in/a".bytes, [.read, .write, .create], attributes),
        Packet.handle(.close, handle),
        Packet.read(handle, at: 1 << 40, 32_768),
        Packet.write(handle, at: 17, [1, 2, 3, 4, 5]),
        Packet.paths(.stat, "/in/\u{e9}".bytes),
        Packet.path(.setstat, "a".bytes, attributes),
        Packet.fsetstat(handle, attributes),
        Packet.paths(.rename, "a".bytes, "b".bytes),
        Packet.extended("posix-rename@openssh.com") { queue in
            queue.append(string: "a")
            queue.append(string: "b")
        },
    ]

    /// Runs every parser over a body; only WireErrors come out. Returns how many took it.
    private func parse(_ body: RawSpan) -> Int {
        var taken = 0
        do throws(WireError) { _ = try OpenRequest(body); taken += 1 } catch {}
        do throws(WireError) { _ = try HandleRequest(body); taken += 1 } catch {}
        do throws(WireError) { _ = try ReadRequest(body); taken += 1 } catch {}
        do throws(WireError) { _ = try WriteRequest(body); taken += 1 } catch {}
        do throws(WireError) { _ = try PathRequest(body); taken += 1 } catch {}
        do throws(WireError) { _ = try PathAttributesRequest(body); taken += 1 } catch {}
        do throws(WireError) { _ = try HandleAttributesRequest(body); taken += 1 } catch {}
        do throws(WireError) { _ = try TwoPathsRequest(body); taken += 1 } catch {}
        do throws(WireError) { _ = try ExtendedRequest(body); taken += 1 } catch {}
        return taken
    }

    private func body(_ packet: [UInt8]) -> [UInt8] { Array(packet.dropFirst(9)) }

    @Test func membersAreWhatWasSent() throws {
        let open = body(Self.packets[1])
        let request = try OpenRequest(open.span.bytes)
        #expect([UInt8](request.path) == "/in/a".bytes)
        #expect(request.flags == [.read, .write, .create])
        #expect(request.attributes == Self.attributes)
        let read = try ReadRequest(body(Self.packets[3]).span.bytes)
        #expect(read.handle == WireHandle(slot: 1, generation: 2) && read.offset == 1 << 40 && read.length == 32_768)
        let bytes = body(Self.packets[4])
        let write = try WriteRequest(bytes.span.bytes)
        #expect(write.offset == 17 && [UInt8](write.data) == [1, 2, 3, 4, 5])
        let two = body(Self.packets[8])
        let rename = try TwoPathsRequest(two.span.bytes)
        #expect([UInt8](rename.first) == "a".bytes && [UInt8](rename.second) == "b".bytes)
        let extended = body(Self.packets[9])
        let request2 = try ExtendedRequest(extended.span.bytes)
        #expect([UInt8](request2.name) == "posix-rename@openssh.com".bytes)
        #expect([UInt8](request2.body) == two)
    }

    @Test func everyTruncationIsAnError() {
        let full: [([UInt8], (RawSpan) throws(WireError) -> Void)] = [
            (body(Self.packets[1]), { (body) throws(WireError) in _ = try OpenRequest(body) }),
            (body(Self.packets[2]), { (body) throws(WireError) in _ = try HandleRequest(body) }),
            (body(Self.packets[3]), { (body) throws(WireError) in _ = try ReadRequest(body) }),
            (body(Self.packets[4]), { (body) throws(WireError) in _ = try WriteRequest(body) }),
            (body(Self.packets[5]), { (body) throws(WireError) in _ = try PathRequest(body) }),
            (body(Self.packets[6]), { (body) throws(WireError) in _ = try PathAttributesRequest(body) }),
            (body(Self.packets[7]), { (body) throws(WireError) in _ = try HandleAttributesRequest(body) }),
            (body(Self.packets[8]), { (body) throws(WireError) in _ = try TwoPathsRequest(body) }),
        ]
        for (bytes, parse) in full {
            #expect(throws: Never.self) { try parse(bytes.span.bytes) }
            #expect(throws: Never.self) { try parse((bytes + [0]).span.bytes) }
            for count in 0..<bytes.count {
                #expect(throws: WireError.self) { try parse(Array(bytes[..<count]).span.bytes) }
            }
        }
    }

    @Test func everyBitFlipIsTakenOrRefused() {
        for packet in Self.packets {
            let bytes = body(packet)
            for bit in 0..<(bytes.count * 8) {
                var flipped = bytes
                flipped[bit / 8] ^= 1 << UInt8(bit % 8)
                #expect(parse(flipped.span.bytes) <= 9)
            }
        }
    }

    @Test func randomBytesAreTakenOrRefused() {
        for seed in 0..<20_000 as Range<UInt64> {
            var random = SplitMix64(seed: seed)
            var bytes = random.bytes(random.below(80))
            // Small lengths get further than random ones.
            for index in stride(from: 0, to: bytes.count, by: 4) where Bool.random(using: &random) {
                for offset in 0..<min(3, bytes.count - index) { bytes[index + offset] = 0 }
            }
            #expect(parse(bytes.span.bytes) <= 9)
        }
    }

    @Test func aPathMayEndWithOneNulOnly() throws {
        let one = body(Packet.paths(.stat, "a\0".bytes))
        #expect([UInt8](try PathRequest(one.span.bytes).path) == "a".bytes)
        for bad in ["a\0\0", "\0a", "a\0b"] {
            let bytes = body(Packet.paths(.stat, bad.bytes))
            #expect(throws: WireError.malformed) { _ = try PathRequest(bytes.span.bytes) }
        }
    }

    @Test func aHandleOfAnotherLengthNamesNothing() {
        for count in 0...9 where count != 8 {
            let bytes = [UInt8](repeating: 0, count: count)
            #expect(WireHandle(bytes.span.bytes).generation == 0)
        }
        let bytes = Self.handle
        #expect(WireHandle(bytes.span.bytes) == WireHandle(slot: 1, generation: 2))
    }
}
