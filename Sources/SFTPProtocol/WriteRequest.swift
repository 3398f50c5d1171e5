import SSHWire

/// SSH_FXP_WRITE: draft section 6.4.
public struct WriteRequest: ~Escapable {
    /// The file.
    public let handle: WireHandle
    /// Where to write, in bytes from the start.
    public let offset: UInt64
    /// What to write, borrowed from the packet.
    public let data: RawSpan

    /// Parses what follows the request id.
    @_lifetime(copy body)
    public init(_ body: RawSpan) throws(WireError) {
        var reader = WireReader(body)
        handle = try reader.readHandle()
        offset = try reader.readUInt64()
        data = try reader.readString()
    }
}
