import SFTPProtocol
import SFTPTestSupport
import Testing

@Suite struct FrameTests {
    private func cut(_ bytes: [UInt8]) -> String {
        switch Frame(at: bytes.span.bytes) {
        case .incomplete: return "incomplete"
        case .packet(let packet): return "packet \(packet.byteCount)"
        case .broken(let violation): return "\(violation)"
        }
    }

    @Test func everyPrefixIsIncompleteAndTheWholeIsAPacket() {
        let packet = Packet.paths(.stat, "/in/a".bytes)
        for count in 0..<packet.count { #expect(cut(Array(packet[..<count])) == "incomplete") }
        #expect(cut(packet) == "packet \(packet.count - 4)")
        #expect(cut(packet + packet) == "packet \(packet.count - 4)")
    }

    @Test func aLengthIsJudgedBeforeItsBytesAreWaitedFor() {
        #expect(cut([0, 0, 0, 0]) == "\(ProtocolViolation.emptyPacket)")
        #expect(cut([0, 4, 0, 0]) == "incomplete")
        #expect(cut([0, 4, 0, 1]) == "\(ProtocolViolation.packetTooLong(bytes: 262_145))")
        #expect(cut([255, 255, 255, 255]) == "\(ProtocolViolation.packetTooLong(bytes: 4_294_967_295))")
    }
}
