import SFTPProtocol
import SSHWire

/// A request as the fuzzer saw it in its own bytes.
struct SentRequest {
    let type: PacketType
    let id: UInt32
    /// What follows the id.
    let body: [UInt8]
    /// The version that the client said in INIT.
    let version: UInt32
}

/// Reads the client's bytes as the protocol says, apart from the server's code: which requests are in them, and where they
/// break off.
struct ExpectedStream {
    /// Requests that have no reply yet.
    var expected: ArraySlice<SentRequest> = []
    /// Whether the session must end.
    private(set) var isBroken = false
    private var version: UInt32?
    private var rest: [UInt8] = []

    /// Takes bytes that the client wants to send.
    ///
    /// - Returns: those of them that may be sent, and whether the session is over with them: broken, or in front of a
    ///   request that would make a file too large.
    mutating func append(_ bytes: [UInt8]) -> (accepted: [UInt8], isOver: Bool) {
        let before = rest.count
        rest += bytes
        var position = 0
        defer { rest.removeFirst(position) }
        while rest.count - position >= 4 {
            let length = rest[position..<position + 4].reduce(0) { $0 << 8 | Int($1) }
            guard (1...256 * 1024).contains(length) else {
                isBroken = true
                break
            }
            guard rest.count - position - 4 >= length else { break }
            let packet = rest[(position + 4)..<(position + 4 + length)]
            guard let request = read(packet) else {
                isBroken = true
                break
            }
            guard Self.isHarmless(request) else {
                return (Array(bytes.prefix(max(0, position - before))), true)
            }
            expected.append(request)
            position += 4 + length
        }
        return (bytes, isBroken)
    }

    private mutating func read(_ packet: ArraySlice<UInt8>) -> SentRequest? {
        guard packet.count >= 5, let type = packet.first else { return nil }
        let id = packet.dropFirst().prefix(4).reduce(0) { $0 << 8 | UInt32($1) }
        if type == PacketType.initialize.rawValue { version = id }
        guard let version else { return nil }
        return SentRequest(type: PacketType(rawValue: type), id: id, body: Array(packet.dropFirst(5)), version: version)
    }

    /// Whether a request makes no file larger than ``HandlerRun/fileBytesMax``. Sizes beyond 2⁶³, which no file can have, are
    /// sent.
    private static func isHarmless(_ request: SentRequest) -> Bool {
        var reader = WireReader(request.body.span.bytes)
        let size: UInt64?
        switch request.type {
        case .setstat: size = (try? PathAttributesRequest(request.body.span.bytes))?.attributes.size
        case .fsetstat: size = (try? HandleAttributesRequest(request.body.span.bytes))?.attributes.size
        case .write: size = (try? WriteRequest(request.body.span.bytes))?.offset
        case .extended:
            guard let name = try? reader.readPath(), [UInt8](name) == Array("copy-data".utf8) else { return true }
            size = (try? CopyDataRequest(reader.readRest()))?.targetOffset
        default: return true
        }
        return size.map { $0 <= HandlerRun.fileBytesMax || $0 > UInt64(Int64.max) } ?? true
    }
}
