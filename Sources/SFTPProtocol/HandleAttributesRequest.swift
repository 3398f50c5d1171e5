import SSHWire

/// SSH_FXP_FSETSTAT: draft section 6.9.
public struct HandleAttributesRequest {
    /// The file.
    public let handle: WireHandle
    /// The attributes to set.
    public let attributes: FileAttributes

    /// Parses what follows the request id.
    public init(_ body: RawSpan) throws(WireError) {
        var reader = WireReader(body)
        handle = try reader.readHandle()
        attributes = try FileAttributes(from: &reader)
    }
}
