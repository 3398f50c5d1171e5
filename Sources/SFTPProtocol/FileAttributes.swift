import SSHWire

/// The ATTRS of a file: draft-ietf-secsh-filexfer-02 section 5. Members that are nil are not on the wire.
public struct FileAttributes: Equatable, Sendable {
    /// Numeric owner and group.
    public struct Owner: Equatable, Sendable {
        /// The numbers.
        public var user: UInt32, group: UInt32

        /// That owner and group.
        public init(user: UInt32, group: UInt32) {
            self.user = user
            self.group = group
        }
    }

    /// Times in seconds since 1970, UTC; 32 bits reach until 2106.
    public struct Times: Equatable, Sendable {
        /// Last access and last change of the content.
        public var access: UInt32, modification: UInt32

        /// Those times.
        public init(access: UInt32, modification: UInt32) {
            self.access = access
            self.modification = modification
        }
    }

    /// Size in bytes.
    public var size: UInt64?
    /// Owner and group.
    public var owner: Owner?
    /// Type and permission bits as st_mode has them.
    public var permissions: UInt32?
    /// Times.
    public var times: Times?

    private static let sizeFlag: UInt32 = 0x0000_0001
    private static let ownerFlag: UInt32 = 0x0000_0002
    private static let permissionsFlag: UInt32 = 0x0000_0004
    private static let timesFlag: UInt32 = 0x0000_0008
    private static let extendedFlag: UInt32 = 0x8000_0000

    /// No attributes at all.
    public init() {}

    /// Reads ATTRS. Extended ones are read over; flags without a meaning in version 3 are ignored, as OpenSSH does.
    public init(from reader: inout WireReader) throws(WireError) {
        let flags = try reader.readUInt32()
        if flags & Self.sizeFlag != 0 { size = try reader.readUInt64() }
        if flags & Self.ownerFlag != 0 {
            owner = Owner(user: try reader.readUInt32(), group: try reader.readUInt32())
        }
        if flags & Self.permissionsFlag != 0 { permissions = try reader.readUInt32() }
        if flags & Self.timesFlag != 0 {
            times = Times(access: try reader.readUInt32(), modification: try reader.readUInt32())
        }
        if flags & Self.extendedFlag != 0 {
            let count = try reader.readUInt32()
            guard count <= ProtocolLimit.extendedAttributes else {
                throw .tooLong(length: Int(count), limit: Int(ProtocolLimit.extendedAttributes))
            }
            for _ in 0..<count {
                _ = try reader.readString()
                _ = try reader.readString()
            }
        }
    }

    /// Appends ATTRS.
    public func append(to queue: inout ByteQueue) {
        var flags: UInt32 = 0
        if size != nil { flags |= Self.sizeFlag }
        if owner != nil { flags |= Self.ownerFlag }
        if permissions != nil { flags |= Self.permissionsFlag }
        if times != nil { flags |= Self.timesFlag }
        queue.append(flags)
        if let size { queue.append(size) }
        if let owner {
            queue.append(owner.user)
            queue.append(owner.group)
        }
        if let permissions { queue.append(permissions) }
        if let times {
            queue.append(times.access)
            queue.append(times.modification)
        }
    }
}
