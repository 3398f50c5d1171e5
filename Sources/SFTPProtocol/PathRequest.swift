import SSHWire

/// A request of one path: LSTAT, STAT, OPENDIR, REMOVE, RMDIR, REALPATH, READLINK, statvfs@openssh.com.
public struct PathRequest: ~Escapable {
    /// The path, borrowed from the packet.
    public let path: RawSpan

    /// Parses what follows the request id or the extension's name.
    @_lifetime(copy body)
    public init(_ body: RawSpan) throws(WireError) {
        var reader = WireReader(body)
        path = try reader.readPath()
    }
}
