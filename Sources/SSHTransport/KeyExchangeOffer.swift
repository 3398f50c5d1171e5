import SSHWire

/// The algorithms that a client offers in its first SSH_MSG_KEXINIT (RFC 4253 section 7.1), as comma-separated lists.
public struct KeyExchangeOffer: Equatable, Sendable {
    /// Key exchange methods.
    public let keyExchanges: [UInt8]
    /// Host key algorithms.
    public let hostKeys: [UInt8]
    /// Ciphers from client to server.
    public let ciphersIn: [UInt8]
    /// Ciphers from server to client.
    public let ciphersOut: [UInt8]
    /// MACs from client to server.
    public let macsIn: [UInt8]
    /// MACs from server to client.
    public let macsOut: [UInt8]
    /// Compression from client to server.
    public let compressionIn: [UInt8]
    /// Compression from server to client.
    public let compressionOut: [UInt8]

    /// What a look at the first bytes of a connection found.
    public enum Scan: Equatable, Sendable {
        /// The offer is not whole yet; with more than `have` bytes it may be.
        case incomplete(have: Int)
        /// The offer.
        case offer(KeyExchangeOffer)
        /// This will never be a key exchange that libssh takes, or it is beyond the limits here.
        case unusable
    }

    /// The longest identification line looked at, with CR LF (RFC 4253 section 4.2). libssh takes fewer.
    static let identificationLimit = 255
    /// The longest packet that has to be taken (RFC 4253 section 6.1).
    static let packetLimit = 35_000
    /// More bytes than this are never needed.
    static let scanLimit = identificationLimit + 4 + packetLimit

    private static let messageKexInit: UInt8 = 20
    private static let cookieLength = 16

    /// Looks at the bytes that a client sent so far: its identification line and the plain-text packet behind it.
    ///
    /// - Parameter isIdentified: whether the identification line was taken already, so that the packet comes first.
    public static func scan(_ stream: RawSpan, isIdentified: Bool = false) -> Scan {
        guard let lineEnd = isIdentified ? 0 : endOfLine(in: stream) else {
            return stream.byteCount < identificationLimit ? .incomplete(have: stream.byteCount) : .unusable
        }
        var reader = WireReader(stream.extracting(droppingFirst: lineEnd))
        guard let packetLength = try? Int(reader.readUInt32()) else { return .incomplete(have: stream.byteCount) }
        guard (1...packetLimit).contains(packetLength) else { return .unusable }
        guard reader.remaining >= packetLength else { return .incomplete(have: stream.byteCount) }
        let packet = stream.extracting(droppingFirst: lineEnd + 4).extracting(first: packetLength)
        guard let offer = try? parse(packet) else { return .unusable }
        return .offer(offer)
    }

    /// The number of bytes up to and with the first LF.
    static func endOfLine(in stream: RawSpan) -> Int? {
        for offset in 0..<min(stream.byteCount, identificationLimit)
        where stream.unsafeLoad(fromByteOffset: offset, as: UInt8.self) == UInt8(ascii: "\n") {
            return offset + 1
        }
        return nil
    }

    /// Reads a packet without its length: padding length, message, padding.
    private static func parse(_ packet: RawSpan) throws(WireError) -> KeyExchangeOffer {
        var reader = WireReader(packet)
        let paddingLength = Int(try reader.readByte())
        guard paddingLength <= reader.remaining else {
            throw .truncated(needed: paddingLength, available: reader.remaining)
        }
        let message = reader.readRest()
        return try KeyExchangeOffer(message: message.extracting(first: message.byteCount - paddingLength))
    }

    private init(message: RawSpan) throws(WireError) {
        var reader = WireReader(message)
        let type = try reader.readByte()
        guard type == Self.messageKexInit else { throw .unknownValue(UInt64(type)) }
        for _ in 0..<Self.cookieLength { _ = try reader.readByte() }
        keyExchanges = try Self.readNames(&reader)
        hostKeys = try Self.readNames(&reader)
        ciphersIn = try Self.readNames(&reader)
        ciphersOut = try Self.readNames(&reader)
        macsIn = try Self.readNames(&reader)
        macsOut = try Self.readNames(&reader)
        compressionIn = try Self.readNames(&reader)
        compressionOut = try Self.readNames(&reader)
        // Languages, both directions.
        for _ in 0..<2 { _ = try reader.readString() }
        _ = try reader.readBoolean()
        _ = try reader.readUInt32()
        try reader.expectEnd()
    }

    /// Reads a list of names. libssh takes such a list for a C string, and would see another one than we do where it has a
    /// NUL.
    private static func readNames(_ reader: inout WireReader) throws(WireError) -> [UInt8] {
        let names = [UInt8](try reader.readString())
        guard !names.contains(0) else { throw .malformed }
        return names
    }
}
