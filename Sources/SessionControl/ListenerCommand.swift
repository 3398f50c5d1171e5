import SSHWire

/// What the broker tells the listener over the control link.
public enum ListenerCommand: ControlMessage, Equatable {
    /// The answer to ``ListenerReport/hello(pid:)``: listen and serve as this says.
    case configure(DataPlaneConfiguration)
    /// The broker is about to grant this session to that user; whether client and server agreed on weak algorithms.
    case named(id: SessionID, username: String, usesWeakAlgorithms: Bool)
    /// End the session: its process is killed when it has not ended within 300 ms.
    case end(id: SessionID)
    /// Stop accepting, let sessions go on for this long, then end them and the listener.
    case shutdown(graceSeconds: UInt32)
    /// Answer with ``ListenerReport/alive``.
    case ping
    /// These sources are blocked, beside those that are. ``configure(_:)`` ends all blocks; those that hold come after it.
    case blocks([AddressBlock])
    /// From these sources somebody logged in lately: a share of the connections is kept for them. Those that log in are
    /// added by the listener itself.
    case knownSources([AddressSource])

    /// See ``ControlMessage/type``.
    public var type: UInt8 {
        switch self {
        case .configure: 1
        case .named: 2
        case .end: 3
        case .shutdown: 4
        case .ping: 5
        case .blocks: 6
        case .knownSources: 7
        }
    }

    /// See ``ControlMessage/encodeMembers(into:)``.
    public func encodeMembers(into queue: inout ByteQueue) {
        switch self {
        case .configure(let configuration):
            configuration.encode(into: &queue)
        case .named(let id, let username, let usesWeakAlgorithms):
            queue.append(id.rawValue)
            queue.append(string: username)
            queue.append(usesWeakAlgorithms)
        case .end(let id):
            queue.append(id.rawValue)
        case .shutdown(let graceSeconds):
            queue.append(graceSeconds)
        case .ping:
            break
        case .blocks(let blocks):
            queue.append(blocks: blocks)
        case .knownSources(let sources):
            queue.append(sources: sources)
        }
    }

    /// See ``ControlMessage/init(type:version:members:)``.
    @_lifetime(members: copy members)
    public init(type: UInt8, version: UInt8, members: inout WireReader) throws(WireError) {
        switch type {
        case 1:
            self = .configure(try DataPlaneConfiguration(version: version, members: &members))
        case 2:
            self = .named(
                id: SessionID(rawValue: try members.readUInt64()),
                username: try members.readText(limit: ControlLimit.username),
                usesWeakAlgorithms: version >= 2 ? try members.readBoolean() : false)
        case 3:
            self = .end(id: SessionID(rawValue: try members.readUInt64()))
        case 4:
            self = .shutdown(graceSeconds: try members.readUInt32())
        case 5:
            self = .ping
        case 6:
            self = .blocks(try members.readBlocks())
        case 7:
            self = .knownSources(try members.readSources())
        default:
            throw .unknownValue(UInt64(type))
        }
    }
}
