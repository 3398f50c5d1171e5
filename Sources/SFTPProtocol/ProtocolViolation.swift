/// Why a stream of packets can't go on: whatever follows can't be told apart any more, or was never agreed on.
public enum ProtocolViolation: Error, Equatable, Sendable, CustomStringConvertible {
    /// A packet of no bytes: it has not even a type.
    case emptyPacket
    /// A packet longer than ``ProtocolLimit/packetBytes``.
    case packetTooLong(bytes: Int)
    /// A request before SSH_FXP_INIT.
    case requestBeforeInit(type: UInt8)
    /// A packet that ends before its request id (or, INIT, its version): it can't be answered.
    case missingIdentifier(type: UInt8)

    /// For the log.
    public var description: String {
        switch self {
        case .emptyPacket: "a packet of length zero"
        case .packetTooLong(let bytes): "a packet of \(bytes) bytes, \(ProtocolLimit.packetBytes) are allowed"
        case .requestBeforeInit(let type): "a request of type \(type) before SSH_FXP_INIT"
        case .missingIdentifier(let type): "a packet of type \(type) that ends before its request id"
        }
    }
}
