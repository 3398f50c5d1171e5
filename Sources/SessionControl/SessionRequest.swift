import SSHWire

/// What a session tells the broker. Hostile: a session may have been taken over by its client.
public enum SessionRequest: ControlMessage {
    /// The client's identification string (RFC 4253 section 4.2), without CR LF.
    case clientIdentification([UInt8])
    /// May this user in? The broker answers ``SessionReply/denied(attempt:)`` or ``SessionReply/granted(attempt:limits:)``.
    case authenticate(AuthenticationRequest)
    /// Bytes of file data since the session began, received and sent, and what of its requests failed since then.
    case traffic(bytesIn: UInt64, bytesOut: UInt64, failures: [OperationFailures] = [])
    /// Something happened to a file.
    case fileEvent(FileEventMessage)
    /// The session is about to end; the totals as in ``traffic(bytesIn:bytesOut:failures:)``.
    case closing(reason: String, bytesIn: UInt64, bytesOut: UInt64, failures: [OperationFailures] = [])

    /// See ``ControlMessage/type``.
    public var type: UInt8 {
        switch self {
        case .clientIdentification: 1
        case .authenticate: 2
        case .traffic: 3
        case .fileEvent: 4
        case .closing: 5
        }
    }

    /// See ``ControlMessage/encodeMembers(into:)``.
    public func encodeMembers(into queue: inout ByteQueue) {
        switch self {
        case .clientIdentification(let identification):
            queue.append(string: identification)
        case .authenticate(let request):
            queue.append(request.attempt)
            queue.append(string: request.username)
            queue.append(request.method.rawValue)
            queue.append(string: request.credential.bytes)
            queue.append(texts: request.weakAlgorithms)
        case .traffic(let bytesIn, let bytesOut, let failures):
            queue.append(bytesIn)
            queue.append(bytesOut)
            queue.append(failures: failures)
        case .fileEvent(let event):
            queue.append(event.kind.rawValue)
            queue.append(string: event.path)
            queue.append(string: event.otherPath)
            queue.append(event.sizeBytes)
        case .closing(let reason, let bytesIn, let bytesOut, let failures):
            queue.append(string: reason)
            queue.append(bytesIn)
            queue.append(bytesOut)
            queue.append(failures: failures)
        }
    }

    /// See ``ControlMessage/init(type:version:members:)``.
    @_lifetime(members: copy members)
    public init(type: UInt8, version: UInt8, members: inout WireReader) throws(WireError) {
        switch type {
        case 1:
            self = .clientIdentification(try members.readBytes(limit: ControlLimit.identification))
        case 2:
            self = .authenticate(try AuthenticationRequest(version: version, members: &members))
        case 3:
            self = .traffic(
                bytesIn: try members.readUInt64(), bytesOut: try members.readUInt64(),
                failures: try members.readFailures(version: version))
        case 4:
            self = .fileEvent(try FileEventMessage(members: &members))
        case 5:
            self = .closing(
                reason: try members.readText(), bytesIn: try members.readUInt64(), bytesOut: try members.readUInt64(),
                failures: try members.readFailures(version: version))
        default:
            throw .unknownValue(UInt64(type))
        }
    }
}

/// One attempt of a client to log in.
public struct AuthenticationRequest: Sendable {
    /// How the client proves who it is (RFC 4252).
    public enum Method: UInt8, Sendable {
        /// RFC 4252 section 8.
        case password = 1
        /// RFC 4256; the credential is the answer to the one prompt.
        case keyboardInteractive = 2
    }

    /// Counts the attempts of a session from 1; the answer carries it.
    public let attempt: UInt32
    /// The user name as sent, any bytes, 1 to 255 of them.
    public let username: [UInt8]
    /// The method.
    public let method: Method
    /// The password, at most 1,024 bytes.
    public let credential: Secret
    /// The algorithms of this connection that Berth's modern policy does not have: at most 8, each of 1 to 64 printable
    /// ASCII bytes. Empty for nearly everybody; otherwise the user needs the right to log in with them.
    public let weakAlgorithms: [String]

    /// An attempt.
    public init(
        attempt: UInt32, username: [UInt8], method: Method, credential: Secret, weakAlgorithms: [String] = []
    ) {
        self.attempt = attempt
        self.username = username
        self.method = method
        self.credential = credential
        self.weakAlgorithms = weakAlgorithms
    }

    @_lifetime(members: copy members)
    init(version: UInt8, members: inout WireReader) throws(WireError) {
        attempt = try members.readUInt32()
        username = try members.readBytes(limit: ControlLimit.username)
        let tag = try members.readByte()
        guard let method = Method(rawValue: tag) else { throw .unknownValue(UInt64(tag)) }
        self.method = method
        credential = Secret(copying: try members.readString(limit: ControlLimit.credential))
        // A data plane before version 2 offers nothing but modern algorithms.
        weakAlgorithms = version >= 2 ? try members.readAlgorithms() : []
    }
}

extension WireReader {
    /// Names of algorithms.
    @_lifetime(self: copy self)
    fileprivate mutating func readAlgorithms() throws(WireError) -> [String] {
        let names = try readTexts(countLimit: ControlLimit.algorithms, limit: ControlLimit.algorithm)
        for name in names where name.isEmpty || !name.utf8.allSatisfy({ (0x21...0x7e).contains($0) }) {
            throw .malformed
        }
        return names
    }
}

/// What happened to a file, in the words of the client: paths as it sees them, below its home.
public struct FileEventMessage: Sendable, Equatable {
    /// The kinds of events.
    public enum Kind: UInt8, Sendable, CaseIterable {
        /// A file that was made or changed was closed, whole.
        case written = 1
        /// A file that was only read was closed.
        case read = 2
        /// `path` is now `otherPath`.
        case renamed = 3
        /// A file or link was removed.
        case removed = 4
        /// A directory was made.
        case directoryMade = 5
        /// A directory was removed.
        case directoryRemoved = 6
        /// The symbolic link `path` was made; `otherPath` is its content.
        case symbolicLinkMade = 7
        /// `path` is a further name of the file `otherPath`.
        case hardLinkMade = 8
        /// Size, permissions or times of `path` were set.
        case attributesChanged = 9
    }

    /// What happened.
    public let kind: Kind
    /// The path it happened to.
    public let path: [UInt8]
    /// The second path, where the kind has one; else empty.
    public let otherPath: [UInt8]
    /// The file's size after ``Kind/written``, what was read of it at ``Kind/read``; else 0.
    public let sizeBytes: UInt64

    /// An event.
    public init(kind: Kind, path: [UInt8], otherPath: [UInt8] = [], sizeBytes: UInt64 = 0) {
        self.kind = kind
        self.path = path
        self.otherPath = otherPath
        self.sizeBytes = sizeBytes
    }

    @_lifetime(members: copy members)
    init(members: inout WireReader) throws(WireError) {
        let tag = try members.readByte()
        guard let kind = Kind(rawValue: tag) else { throw .unknownValue(UInt64(tag)) }
        self.kind = kind
        path = try members.readBytes(limit: ControlLimit.path)
        otherPath = try members.readBytes(limit: ControlLimit.path)
        sizeBytes = try members.readUInt64()
    }
}
