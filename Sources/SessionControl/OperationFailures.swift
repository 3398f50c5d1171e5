import SSHWire

/// How many of a session's requests failed since it began, of those of one kind that were answered with one status.
public struct OperationFailures: Sendable, Equatable {
    /// What the requests were to do.
    public enum Operation: UInt8, Sendable, CaseIterable {
        /// Open a file.
        case open = 1
        /// Close a file, or what was left open at the end.
        case close = 2
        /// Read from a file.
        case read = 3
        /// Write to a file.
        case write = 4
        /// Look at attributes.
        case stat = 5
        /// Set attributes.
        case setstat = 6
        /// List a directory.
        case list = 7
        /// Remove a file or link.
        case remove = 8
        /// Make a directory.
        case mkdir = 9
        /// Remove a directory.
        case rmdir = 10
        /// Look a path or the content of a link up.
        case path = 11
        /// Give a file or directory another name.
        case rename = 12
        /// Make a symbolic link.
        case symlink = 13
        /// Make a hard link.
        case hardlink = 14
        /// Sync a file.
        case fsync = 15
        /// Copy within the server.
        case copy = 16
        /// Anything else.
        case other = 17
    }

    /// The statuses of requests that failed (draft-ietf-secsh-filexfer-02 section 7).
    public enum Status: UInt8, Sendable, CaseIterable {
        /// SSH_FX_NO_SUCH_FILE.
        case noSuchFile = 2
        /// SSH_FX_PERMISSION_DENIED.
        case permissionDenied = 3
        /// SSH_FX_FAILURE.
        case failure = 4
        /// SSH_FX_BAD_MESSAGE.
        case badMessage = 5
        /// SSH_FX_OP_UNSUPPORTED.
        case unsupported = 8
    }

    /// What is counted apart.
    public struct Kind: Sendable, Hashable {
        /// What the requests were to do.
        public let operation: Operation
        /// What they were answered with.
        public let status: Status

        /// A kind.
        public init(_ operation: Operation, _ status: Status) {
            self.operation = operation
            self.status = status
        }
    }

    /// Entries in one message: all kinds, with room for those of newer versions.
    static let countLimit = 255

    /// What is counted.
    public let kind: Kind
    /// How many there were.
    public let count: UInt64

    /// A number of failures.
    public init(_ kind: Kind, count: UInt64) {
        self.kind = kind
        self.count = count
    }
}

extension ByteQueue {
    mutating func append(failures: [OperationFailures]) {
        append(counted: failures) { queue, entry in
            queue.append(entry.kind.operation.rawValue)
            queue.append(entry.kind.status.rawValue)
            queue.append(entry.count)
        }
    }
}

extension WireReader {
    /// Failures as a session of that version tells them: one before version 5 does not, and a newer one may have kinds that
    /// are not known here, which are left out.
    @_lifetime(self: copy self)
    mutating func readFailures(version: UInt8) throws(WireError) -> [OperationFailures] {
        guard version >= 5 else { return [] }
        let entries = try readCounted(limit: OperationFailures.countLimit) {
            (reader) throws(WireError) -> OperationFailures? in
            let (operationTag, statusTag) = (try reader.readByte(), try reader.readByte())
            let count = try reader.readUInt64()
            guard let operation = OperationFailures.Operation(rawValue: operationTag),
                let status = OperationFailures.Status(rawValue: statusTag)
            else {
                guard version > controlVersion else { throw .unknownValue(UInt64(operationTag)) }
                return nil
            }
            return OperationFailures(OperationFailures.Kind(operation, status), count: count)
        }
        return entries.compactMap(\.self)
    }
}
