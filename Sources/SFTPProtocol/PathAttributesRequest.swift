import SSHWire

/// A request of a path and attributes: SETSTAT, MKDIR, lsetstat@openssh.com.
public struct PathAttributesRequest: ~Escapable {
    /// The path, borrowed from the packet.
    public let path: RawSpan
    /// The attributes to set.
    public let attributes: FileAttributes

    /// Parses what follows the request id or the extension's name.
    @_lifetime(copy body)
    public init(_ body: RawSpan) throws(WireError) {
        var reader = WireReader(body)
        path = try reader.readPath()
        attributes = try FileAttributes(from: &reader)
    }
}
