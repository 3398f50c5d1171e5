import SSHWire
import SessionControl
import Testing

@Suite struct AddressSourceTests {
    @Test(arguments: [
        ("192.0.2.1", "192.0.2.1"), ("::ffff:192.0.2.1", "192.0.2.1"), ("2001:db8:1:2::", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"), ("2001:db8:1:2::/64", "2001:db8:1:2::/64"), ("::1", "::/64"),
        ("255.255.255.255", "255.255.255.255"), ("0.0.0.0", "0.0.0.0"),
    ])
    func anAddressBelongsToOneSource(text: String, source: String) {
        #expect(AddressSource(text)?.description == source)
        #expect(AddressSource(source) == AddressSource(text))
    }

    @Test(arguments: [
        "", "a", "192.0.2.1/32", "192.0.2.1/64", "2001:db8::/63", "2001:db8::/", "2001:db8::/64/", "192.0.2",
        "[::1]", "192.0.2.1:22", "192.0.2.1\0",
    ])
    func everythingElseIsNone(text: String) {
        #expect(AddressSource(text) == nil)
    }

    @Test func addressesOfOneIPv6NetworkOf64BitsAreOneSource() {
        #expect(AddressSource("2001:db8::1") == AddressSource("2001:db8::ffff:1"))
        #expect(AddressSource("2001:db8::1") != AddressSource("2001:db8:0:1::1"))
        #expect(AddressSource("192.0.2.1") != AddressSource("192.0.2.2"))
    }

    @Test(arguments: [
        ("192.0.2.1:50022", "192.0.2.1"), ("[2001:db8::1]:50022", "2001:db8::1"), ("unknown", nil), ("", nil),
        ("192.0.2.1", nil),
    ])
    func theAddressOfAPeerIsRead(peer: String, address: String?) {
        #expect(AddressNetwork.Address(peer: peer) == address.flatMap { AddressNetwork.Address($0) })
    }

    @Test func knownSourcesAreFewInOneMessage() throws {
        let most = [AddressSource](repeating: AddressSource(isIPv4: false, bits: 1), count: AddressSource.countLimit)
        let bytes = encoded(ListenerCommand.knownSources(most))
        #expect(bytes.count <= SeqPacketSocket.messageLimit)
        #expect(try ListenerCommand(decoding: bytes.span.bytes) == .knownSources(most))
        let more = encoded(ListenerCommand.knownSources(most + most))
        #expect(throws: WireError.self) { try ListenerCommand(decoding: more.span.bytes) }
        let impossible = encoded(ListenerCommand.knownSources([AddressSource(isIPv4: true, bits: 1 << 32)]))
        #expect(throws: WireError.self) { try ListenerCommand(decoding: impossible.span.bytes) }
    }

    private func encoded(_ message: some ControlMessage) -> [UInt8] {
        var queue = ByteQueue()
        message.encode(into: &queue)
        return [UInt8](queue.bytes)
    }
}
