import SSHWire

/// SSH_FXP_OPEN: draft section 6.3.
public struct OpenRequest: ~Escapable {
    /// The file.
    public let path: RawSpan
    /// How to open it.
    public let flags: OpenFlags
    /// Attributes of a file that is made; OpenSSH looks at the permissions only.
    public let attributes: FileAttributes

    /// Parses what follows the request id. Bytes behind the last member are ignored, in all requests, as OpenSSH does.
    @_lifetime(copy body)
    public init(_ body: RawSpan) throws(WireError) {
        var reader = WireReader(body)
        path = try reader.readPath()
        flags = OpenFlags(rawValue: try reader.readUInt32())
        attributes = try FileAttributes(from: &reader)
    }
}
