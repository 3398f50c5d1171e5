import SSHWire

/// What the listener tells the broker over the control link.
public enum ListenerReport: ControlMessage, Equatable {
    /// The first message on a link: the listener's process id.
    case hello(pid: Int32)
    /// A connection was accepted, or, after a reconnect, a session is still open (`adopt`); the broker's end of the
    /// session's pair comes along.
    case session(SessionRecord)
    /// A session's process has ended.
    case ended(SessionEnd)
    /// The listener accepts connections.
    case ready(DataPlaneStatus)
    /// The listener can't do what its configuration asks for.
    case failed(message: String)
    /// The listener was told to stop by a signal: sessions should drain.
    case stopping
    /// The answer to ``ListenerCommand/ping``.
    case alive

    /// See ``ControlMessage/type``.
    public var type: UInt8 {
        switch self {
        case .hello: 1
        case .session: 2
        case .ended: 3
        case .ready: 4
        case .failed: 5
        case .stopping: 6
        case .alive: 7
        }
    }

    /// See ``ControlMessage/encodeMembers(into:)``.
    public func encodeMembers(into queue: inout ByteQueue) {
        switch self {
        case .hello(let pid):
            queue.append(UInt32(bitPattern: pid))
        case .session(let record):
            queue.append(record.id.rawValue)
            queue.append(string: record.address)
            queue.append(string: record.username)
            queue.append(record.sinceSeconds)
            queue.append(record.usesWeakAlgorithms)
        case .ended(let end):
            queue.append(end.id.rawValue)
            queue.append(string: end.cause)
            queue.append(end.signal)
            queue.append(end.block?.rawValue ?? 0)
        case .ready(let status):
            status.encode(into: &queue)
        case .failed(let message):
            queue.append(string: message)
        case .stopping, .alive:
            break
        }
    }

    /// See ``ControlMessage/init(type:version:members:)``.
    @_lifetime(members: copy members)
    public init(type: UInt8, version: UInt8, members: inout WireReader) throws(WireError) {
        switch type {
        case 1:
            self = .hello(pid: Int32(bitPattern: try members.readUInt32()))
        case 2:
            self = .session(
                SessionRecord(
                    id: SessionID(rawValue: try members.readUInt64()), address: try members.readText(),
                    username: try members.readText(limit: ControlLimit.username),
                    sinceSeconds: try members.readUInt64(),
                    usesWeakAlgorithms: version >= 2 ? try members.readBoolean() : false))
        case 3:
            self = .ended(
                SessionEnd(
                    id: SessionID(rawValue: try members.readUInt64()), cause: try members.readText(),
                    signal: try members.readUInt32(), block: try members.readBlock(version: version)))
        case 4:
            self = .ready(try DataPlaneStatus(members: &members))
        case 5:
            self = .failed(message: try members.readText())
        case 6:
            self = .stopping
        case 7:
            self = .alive
        default:
            throw .unknownValue(UInt64(type))
        }
    }
}

/// A session as the listener knows it.
public struct SessionRecord: Sendable, Equatable {
    /// The session's name.
    public let id: SessionID
    /// The client's address and port, as `192.0.2.1:50022` or `[2001:db8::1]:50022`.
    public let address: String
    /// The user that the broker named when it granted; empty before that.
    public let username: String
    /// When the connection was accepted, in seconds since 1970.
    public let sinceSeconds: UInt64
    /// Whether client and server agreed on weak algorithms, as the broker noted it with the name; false before that.
    public let usesWeakAlgorithms: Bool

    /// A record.
    public init(
        id: SessionID, address: String, username: String, sinceSeconds: UInt64, usesWeakAlgorithms: Bool = false
    ) {
        self.id = id
        self.address = address
        self.username = username
        self.sinceSeconds = sinceSeconds
        self.usesWeakAlgorithms = usesWeakAlgorithms
    }
}

/// How a session ended, as its parent saw it.
public struct SessionEnd: Sendable, Equatable {
    /// The session's name.
    public let id: SessionID
    /// Why the listener ended it (`login grace time`, `ended by the broker`, …), or empty when it ended by itself.
    public let cause: String
    /// The signal that ended the process, or 0.
    public let signal: UInt32
    /// Why the listener has blocked its source; nil where it has not.
    public let block: Block?

    /// Why the listener blocks a source.
    public enum Block: UInt8, Sendable, CaseIterable {
        /// A session from there died by a fault.
        case fault = 1
        /// A session from there used too much processor time in one step.
        case processorTime = 2
    }

    /// An end.
    public init(id: SessionID, cause: String, signal: UInt32, block: Block? = nil) {
        self.id = id
        self.cause = cause
        self.signal = signal
        self.block = block
    }
}

/// What the data plane is, once it listens.
public struct DataPlaneStatus: Sendable, Equatable {
    /// The addresses it listens on, with their ports.
    public let addresses: [String]
    /// The confinement layers that are on: `openat2`, `chroot`, `landlock`.
    public let layers: [String]
    /// libssh's version.
    public let libsshVersion: String
    /// The host keys' fingerprints, as `ssh-ed25519 SHA256:…`.
    public let fingerprints: [String]

    /// A status.
    public init(addresses: [String], layers: [String], libsshVersion: String, fingerprints: [String]) {
        self.addresses = addresses
        self.layers = layers
        self.libsshVersion = libsshVersion
        self.fingerprints = fingerprints
    }

    func encode(into queue: inout ByteQueue) {
        queue.append(texts: addresses)
        queue.append(texts: layers)
        queue.append(string: libsshVersion)
        queue.append(texts: fingerprints)
    }

    @_lifetime(members: copy members)
    init(members: inout WireReader) throws(WireError) {
        addresses = try members.readTexts()
        layers = try members.readTexts()
        libsshVersion = try members.readText()
        fingerprints = try members.readTexts()
    }
}

extension ByteQueue {
    /// A count and as many strings.
    mutating func append(texts: [String]) { append(counted: texts) { $0.append(string: $1) } }
}

extension WireReader {
    /// Why a source was blocked, as a listener of that version tells it: one before version 5 does not, and a newer one may
    /// have reasons that are not known here.
    @_lifetime(self: copy self)
    fileprivate mutating func readBlock(version: UInt8) throws(WireError) -> SessionEnd.Block? {
        guard version >= 5 else { return nil }
        let tag = try readByte()
        guard tag != 0 else { return nil }
        let block = SessionEnd.Block(rawValue: tag)
        guard block != nil || version > controlVersion else { throw .unknownValue(UInt64(tag)) }
        return block
    }

    /// A count and as many strings, at most 64.
    @_lifetime(self: copy self)
    mutating func readTexts(countLimit: Int = 64, limit: Int = ControlLimit.text) throws(WireError) -> [String] {
        try readCounted(limit: countLimit) { (reader) throws(WireError) in try reader.readText(limit: limit) }
    }
}
