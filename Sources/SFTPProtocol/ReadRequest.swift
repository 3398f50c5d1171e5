import SSHWire

/// SSH_FXP_READ: draft section 6.4.
public struct ReadRequest {
    /// The file.
    public let handle: WireHandle
    /// Where to read, in bytes from the start.
    public let offset: UInt64
    /// How many bytes to read at most.
    public let length: UInt32

    /// Parses what follows the request id.
    public init(_ body: RawSpan) throws(WireError) {
        var reader = WireReader(body)
        handle = try reader.readHandle()
        offset = try reader.readUInt64()
        length = try reader.readUInt32()
    }
}
