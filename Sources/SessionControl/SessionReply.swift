import SSHWire

/// What the broker tells a session.
public enum SessionReply: ControlMessage, Equatable {
    /// This attempt failed. Why is in the broker's log only.
    case denied(attempt: UInt32)
    /// This attempt succeeded; the home directory's descriptor comes along.
    case granted(attempt: UInt32, limits: SessionLimits)
    /// The session must end now; the reason may be told to the client.
    case end(reason: String)
    /// The service is stopping: end as soon as no file is open.
    case drain
    /// What the session may use from now on.
    case limits(SessionLimits)

    /// See ``ControlMessage/type``.
    public var type: UInt8 {
        switch self {
        case .denied: 1
        case .granted: 2
        case .end: 3
        case .drain: 4
        case .limits: 5
        }
    }

    /// See ``ControlMessage/encodeMembers(into:)``.
    public func encodeMembers(into queue: inout ByteQueue) {
        switch self {
        case .denied(let attempt):
            queue.append(attempt)
        case .granted(let attempt, let limits):
            queue.append(attempt)
            limits.encode(into: &queue)
        case .end(let reason):
            queue.append(string: reason)
        case .drain:
            break
        case .limits(let limits):
            limits.encode(into: &queue)
        }
    }

    /// See ``ControlMessage/init(type:version:members:)``.
    @_lifetime(members: copy members)
    public init(type: UInt8, version: UInt8, members: inout WireReader) throws(WireError) {
        switch type {
        case 1: self = .denied(attempt: try members.readUInt32())
        case 2:
            self = .granted(
                attempt: try members.readUInt32(), limits: try SessionLimits(version: version, members: &members))
        case 3: self = .end(reason: try members.readText())
        case 4: self = .drain
        case 5: self = .limits(try SessionLimits(version: version, members: &members))
        default: throw .unknownValue(UInt64(type))
        }
    }
}

/// What a session may use.
public struct SessionLimits: Sendable, Equatable {
    /// Files and directories open at once.
    public let openHandles: UInt32
    /// Bytes of file data a second, in each direction; 0 for no limit.
    public let bytesPerSecond: UInt64

    /// Limits; the default is what Berth grants to everybody.
    public init(openHandles: UInt32 = 1_024, bytesPerSecond: UInt64 = 0) {
        self.openHandles = openHandles
        self.bytesPerSecond = bytesPerSecond
    }

    func encode(into queue: inout ByteQueue) {
        queue.append(openHandles)
        queue.append(bytesPerSecond)
    }

    @_lifetime(members: copy members)
    init(version: UInt8, members: inout WireReader) throws(WireError) {
        openHandles = try members.readUInt32()
        // A broker before version 4 has no limit to give.
        bytesPerSecond = version >= 4 ? try members.readUInt64() : 0
    }
}
