import SSHWire

/// A request of one handle: CLOSE, FSTAT, READDIR, fsync@openssh.com, fstatvfs@openssh.com.
public struct HandleRequest {
    /// The handle.
    public let handle: WireHandle

    /// Parses what follows the request id or the extension's name.
    public init(_ body: RawSpan) throws(WireError) {
        var reader = WireReader(body)
        handle = try reader.readHandle()
    }
}
