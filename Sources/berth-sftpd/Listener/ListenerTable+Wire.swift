import Glibc
import SSHWire
import SessionControl

/// The longest members of a table, in bytes.
private enum TableLimit {
    /// One entry of a list: a message that waits has a limit of its own below this.
    static let entry = 32 << 10
    static let text = 1_024
    static let outputLine = 4_096
}

// The table as bytes: a magic, a version, then members as RFC 4251 data types. An entry of a list is a string of its own, so
// that a newer program may append members to it as well as to the whole; an older one passes over them.
extension ListenerTable {
    /// Raised when a member is appended; what it stands for must have a default then.
    static let version: UInt8 = 2
    private static let magic: UInt32 = 0x4252_5448
    /// The longest table in bytes: 100,000 sessions and as many blocks fit.
    static let sizeLimit = 64 << 20

    func encode(into queue: inout ByteQueue) {
        queue.append(Self.magic)
        queue.append(Self.version)
        queue.append(string: reason)
        queue.append(descriptor: link)
        queue.append(list: pending) { $0.append(pending: $1) }
        queue.append(brokerKnowsSessions)
        var inner = ByteQueue()
        if let configuration { ListenerCommand.configure(configuration).encode(into: &inner) }
        queue.append(string: inner.bytes)
        queue.append(list: sockets) { queue, socket in
            queue.append(descriptor: socket.descriptor)
            queue.append(socket.isLegacy)
        }
        queue.append(socketsAreFromSystemd)
        queue.append(list: sessions) { $0.append(session: $1) }
        queue.append(list: blocks) { $0.append(block: $1) }
        queue.append(list: faults) { $0.append(block: $1) }
        queue.append(list: knownSources) { $0.append(source: $1) }
        queue.append(list: proxied) { $0.append(proxied: $1) }
        queue.append(list: guests) { $0.append(guest: $1) }
    }

    /// Reads a table, whatever the bytes are.
    init(decoding bytes: RawSpan) throws(TableError) {
        self.init()
        do throws(WireError) {
            var reader = WireReader(bytes)
            try read(&reader)
        } catch {
            throw .wire(error)
        }
        var seen: Set<CInt> = []
        for descriptor in descriptors where descriptor <= STDERR_FILENO || !seen.insert(descriptor).inserted {
            throw .descriptor(descriptor)
        }
        var processes: Set<pid_t> = []
        for session in sessions {
            guard session.brokerEnd >= 0 else { throw .descriptor(session.brokerEnd) }
            // A signal to 0 or below reaches a group, and 1 is nobody's child.
            guard session.pid > 1, processes.insert(session.pid).inserted else { throw .process(session.pid) }
        }
    }

    @_lifetime(reader: copy reader)
    private mutating func read(_ reader: inout WireReader) throws(WireError) {
        guard try reader.readUInt32() == Self.magic else { throw .malformed }
        let version = try reader.readByte()
        guard version >= 1 else { throw .unknownValue(UInt64(version)) }
        let isOurs = version <= Self.version
        reason = try reader.readText(limit: TableLimit.text)
        link = try reader.readDescriptor()
        try reader.readList(isOurs) { entry throws(WireError) in
            let session = try entry.readUInt64()
            let bytes = [UInt8](try entry.readString(limit: SeqPacketSocket.messageLimit))
            pending.append(
                ControlLink.Pending(bytes: bytes, session: session == 0 ? nil : SessionID(rawValue: session)))
        }
        brokerKnowsSessions = try reader.readBoolean()
        let configuration = try reader.readString(limit: SeqPacketSocket.messageLimit)
        if !configuration.isEmpty {
            guard case .configure(let found) = try ListenerCommand(decoding: configuration) else { throw .malformed }
            self.configuration = found
        }
        try reader.readList(isOurs) { entry throws(WireError) in
            sockets.append(Socket(descriptor: try entry.readDescriptor(), isLegacy: try entry.readBoolean()))
        }
        socketsAreFromSystemd = try reader.readBoolean()
        try reader.readList(isOurs) { entry throws(WireError) in sessions.append(try entry.readSession()) }
        try reader.readList(isOurs) { entry throws(WireError) in blocks.append(try entry.readBlock()) }
        try reader.readList(isOurs) { entry throws(WireError) in faults.append(try entry.readBlock()) }
        try reader.readList(isOurs) { entry throws(WireError) in knownSources.append(try entry.readSource()) }
        try reader.readList(isOurs) { entry throws(WireError) in proxied.append(try entry.readProxied()) }
        if version >= 2 {
            try reader.readList(isOurs) { entry throws(WireError) in guests.append(try entry.readGuest()) }
        }
        if isOurs { try reader.expectEnd() }
    }
}

extension ByteQueue {
    fileprivate mutating func append(descriptor: CInt) { append(UInt32(bitPattern: descriptor)) }

    fileprivate mutating func append(time: Int64) { append(UInt64(bitPattern: time)) }

    /// A count, and each entry as a string.
    fileprivate mutating func append<Entry>(list: [Entry], _ body: (inout ByteQueue, Entry) -> Void) {
        append(UInt32(clamping: list.count))
        var inner = ByteQueue()
        for entry in list {
            inner.consume(inner.count)
            body(&inner, entry)
            append(string: inner.bytes)
        }
    }

    fileprivate mutating func append(pending: ControlLink.Pending) {
        append(pending.session?.rawValue ?? 0)
        append(string: pending.bytes)
    }

    fileprivate mutating func append(proxied connection: ProxiedConnection) {
        append(descriptor: connection.socket)
        append(string: connection.balancer.text)
        append(connection.isLegacySocket)
        append(time: connection.deadline)
        append(string: connection.bytes)
    }

    fileprivate mutating func append(guest: WaitingRoom.Guest) {
        append(descriptor: guest.socket)
        append(string: guest.peer.text)
        append(guest.isLegacySocket)
        append(time: guest.arrivedAt)
    }

    fileprivate mutating func append(block: (source: AddressSource, endsAt: Int64)) {
        append(source: block.source)
        append(time: block.endsAt)
    }

    fileprivate mutating func append(session: SessionEntry) {
        append(session.id.rawValue)
        append(UInt32(bitPattern: session.pid))
        append(string: session.peer.text)
        append(time: session.acceptedAt)
        append(session.sinceSeconds)
        append(descriptor: session.brokerEnd)
        append(descriptor: session.output)
        append(string: session.outputLine)
        append(UInt32(clamping: session.outputLines))
        append(string: session.username)
        append(session.usesWeakAlgorithms)
        append(session.deadline != nil)
        append(time: session.deadline ?? 0)
        append(session.wasKilled)
        append(string: session.cause.rawValue)
    }
}

extension WireReader {
    @_lifetime(self: copy self)
    fileprivate mutating func readDescriptor() throws(WireError) -> CInt { CInt(bitPattern: try readUInt32()) }

    @_lifetime(self: copy self)
    fileprivate mutating func readTime() throws(WireError) -> Int64 {
        // Sums with spans of time must not overflow.
        let time = Int64(bitPattern: try readUInt64())
        guard time.magnitude <= 1 << 60 else { throw .malformed }
        return time
    }

    @_lifetime(self: copy self)
    fileprivate mutating func readList(
        _ endsWithMembers: Bool, _ body: (inout WireReader) throws(WireError) -> Void
    ) throws(WireError) {
        let count = try readUInt32()
        for _ in 0..<count {
            var entry = WireReader(try readString(limit: TableLimit.entry))
            try body(&entry)
            if endsWithMembers { try entry.expectEnd() }
        }
    }

    @_lifetime(self: copy self)
    fileprivate mutating func readBlock() throws(WireError) -> (source: AddressSource, endsAt: Int64) {
        (try readSource(), try readTime())
    }

    @_lifetime(self: copy self)
    fileprivate mutating func readProxied() throws(WireError) -> ProxiedConnection {
        ProxiedConnection(
            socket: try readDescriptor(), balancer: PeerAddress(text: try readText(limit: TableLimit.text)),
            isLegacySocket: try readBoolean(), deadline: try readTime(),
            bytes: [UInt8](try readString(limit: ProxyHeader.lengthLimit)))
    }

    @_lifetime(self: copy self)
    fileprivate mutating func readGuest() throws(WireError) -> WaitingRoom.Guest {
        WaitingRoom.Guest(
            socket: try readDescriptor(), peer: PeerAddress(text: try readText(limit: TableLimit.text)),
            isLegacySocket: try readBoolean(), arrivedAt: try readTime())
    }

    @_lifetime(self: copy self)
    fileprivate mutating func readSession() throws(WireError) -> SessionEntry {
        let id = SessionID(rawValue: try readUInt64())
        let pid = pid_t(bitPattern: try readUInt32())
        let peer = PeerAddress(text: try readText(limit: TableLimit.text))
        var entry = SessionEntry(
            id: id, pid: pid, peer: peer, acceptedAt: try readTime(), sinceSeconds: try readUInt64(),
            brokerEnd: try readDescriptor(), output: try readDescriptor())
        entry.outputLine = [UInt8](try readString(limit: TableLimit.outputLine))
        entry.outputLines = Int(try readUInt32())
        entry.username = try readText(limit: TableLimit.text)
        entry.usesWeakAlgorithms = try readBoolean()
        let hasDeadline = try readBoolean()
        let deadline = try readTime()
        entry.deadline = hasDeadline ? deadline : nil
        entry.wasKilled = try readBoolean()
        guard let cause = SessionEntry.Cause(rawValue: try readText(limit: TableLimit.text)) else { throw .malformed }
        entry.cause = cause
        return entry
    }
}
