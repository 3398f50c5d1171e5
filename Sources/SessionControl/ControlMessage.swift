import SSHWire

/// A message of the control link (listener and broker) or of a session's pair (session and broker).
///
/// On the wire: `byte` version of the sender, `byte` type, then the members as RFC 4251 data types.
///
/// Neighbours one version apart understand each other. A newer one may append members, which are ignored here; a message
/// of our own version must end where its members do. An older one does not send the members that came after it: they get
/// the values that stand for what it does.
public protocol ControlMessage: Sendable {
    /// The discriminator on the wire.
    var type: UInt8 { get }

    /// Appends the members behind version and type.
    func encodeMembers(into queue: inout ByteQueue)

    /// Reads the members of a message of this type.
    ///
    /// - Parameter version: the sender's, which says which members there are.
    @_lifetime(members: copy members)
    init(type: UInt8, version: UInt8, members: inout WireReader) throws(WireError)
}

/// The version of the messages that this build sends.
///
/// 2 added ``AuthenticationRequest/weakAlgorithms``, ``SessionRecord/usesWeakAlgorithms`` with its like in
/// ``ListenerCommand/named(id:username:usesWeakAlgorithms:)``, and, in ``DataPlaneConfiguration``, all members from
/// ``DataPlaneConfiguration/legacyListen`` to ``DataPlaneConfiguration/banner``.
///
/// 3 added ``ListenerCommand/blocks(_:)`` and, in ``DataPlaneConfiguration``, all members from
/// ``DataPlaneConfiguration/allowNetworks`` on.
///
/// 4 added ``ListenerCommand/knownSources(_:)``, ``SessionReply/limits(_:)``, ``SessionLimits/bytesPerSecond`` and, in
/// ``DataPlaneConfiguration``, all members from ``DataPlaneConfiguration/proxyNetworks`` on.
///
/// 5 added the failures of ``SessionRequest/traffic(bytesIn:bytesOut:failures:)`` and
/// ``SessionRequest/closing(reason:bytesIn:bytesOut:failures:)``, and ``SessionEnd/block``.
///
/// A number is fixed with the first release that has it. Before that its messages may change, and a listener and a broker of
/// different commits are not made for each other.
public let controlVersion: UInt8 = 5

/// The first version that knows ``ListenerCommand/blocks(_:)``: an older listener would take it for a broken link.
public let blocksVersion: UInt8 = 3

/// The first version that knows ``ListenerCommand/knownSources(_:)``.
public let knownSourcesVersion: UInt8 = 4

/// The first version that knows ``SessionReply/limits(_:)``: an older session would end.
public let limitsVersion: UInt8 = 4

extension ControlMessage {
    /// Replaces what is in `queue` by this message.
    public func encode(into queue: inout ByteQueue) {
        queue.consume(queue.count)
        queue.append(controlVersion)
        queue.append(type)
        encodeMembers(into: &queue)
    }

    /// The version of whoever sent the message in `queue`; 0 when there is none.
    public static func senderVersion(of queue: borrowing ByteQueue) -> UInt8 {
        var reader = WireReader(queue.bytes)
        return (try? reader.readByte()) ?? 0
    }

    /// Reads the one whole message that is in `queue`.
    public init(decoding queue: borrowing ByteQueue) throws(WireError) {
        try self.init(decoding: queue.bytes)
    }

    /// Reads one whole message.
    ///
    /// - Throws: ``WireError`` for anything that is not one, whatever the bytes are.
    public init(decoding frame: RawSpan) throws(WireError) {
        var reader = WireReader(frame)
        let version = try reader.readByte()
        guard version >= 1 else { throw .unknownValue(UInt64(version)) }
        self = try Self(type: try reader.readByte(), version: version, members: &reader)
        if version <= controlVersion { try reader.expectEnd() }
    }
}

/// The longest members of messages, in bytes.
enum ControlLimit {
    static let username = 255
    static let credential = 1024
    /// An SSH identification string without CR LF (RFC 4253 section 4.2).
    static let identification = 255
    /// PATH_MAX of Linux.
    static let path = 4096
    /// A reason, an address, a name.
    static let text = 1024
    /// Algorithms in ``AuthenticationRequest/weakAlgorithms``: one for key exchange, one for the host key, and a cipher
    /// and a MAC for each direction; with room.
    static let algorithms = 8
    /// An algorithm's name (RFC 4251 section 6).
    static let algorithm = 64
}

extension ByteQueue {
    /// A count and as many entries.
    mutating func append<Entry>(counted entries: [Entry], _ body: (inout ByteQueue, Entry) -> Void) {
        append(UInt32(clamping: entries.count))
        for entry in entries { body(&self, entry) }
    }
}

extension WireReader {
    /// A count, at most `limit`, and as many entries.
    @_lifetime(self: copy self)
    mutating func readCounted<Entry>(
        limit: Int, _ body: (inout WireReader) throws(WireError) -> Entry
    ) throws(WireError) -> [Entry] {
        let count = try readUInt32()
        guard count <= limit else { throw .tooLong(length: Int(count), limit: limit) }
        var entries: [Entry] = []
        for _ in 0..<count { entries.append(try body(&self)) }
        return entries
    }

    /// A string of UTF-8 text.
    ///
    /// - Parameter limit: the longest, in bytes.
    @_lifetime(self: copy self)
    public mutating func readText(limit: Int) throws(WireError) -> String {
        let bytes = [UInt8](try readString(limit: limit))
        guard let text = String(validating: bytes, as: UTF8.self) else { throw .malformed }
        return text
    }

    /// A string of UTF-8 text, of the length that most have at most.
    @_lifetime(self: copy self)
    mutating func readText() throws(WireError) -> String { try readText(limit: ControlLimit.text) }

    /// A string of any bytes.
    @_lifetime(self: copy self)
    mutating func readBytes(limit: Int) throws(WireError) -> [UInt8] {
        [UInt8](try readString(limit: limit))
    }
}
