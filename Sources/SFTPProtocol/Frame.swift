/// What stands at the front of the bytes that a client sent.
public enum Frame: ~Escapable {
    /// Not yet a whole packet.
    case incomplete
    /// A whole packet without its length: type byte and everything behind it; never empty.
    case packet(RawSpan)
    /// The stream can't be trusted any longer.
    case broken(ProtocolViolation)

    /// Cuts the first packet off: `uint32 length`, then `length` bytes (draft section 3). The length is judged before
    /// anybody waits for that many bytes.
    @_lifetime(copy bytes)
    public init(at bytes: RawSpan) {
        guard bytes.byteCount >= 4 else {
            self = .incomplete
            return
        }
        let length = Int(UInt32(bigEndian: bytes.unsafeLoadUnaligned(as: UInt32.self)))
        guard length > 0 else {
            self = .broken(.emptyPacket)
            return
        }
        guard length <= ProtocolLimit.packetBytes else {
            self = .broken(.packetTooLong(bytes: length))
            return
        }
        guard bytes.byteCount - 4 >= length else {
            self = .incomplete
            return
        }
        self = .packet(bytes.extracting(4..<(4 + length)))
    }

    /// Bytes of the length in front of a packet.
    public static let lengthBytes = 4
}
