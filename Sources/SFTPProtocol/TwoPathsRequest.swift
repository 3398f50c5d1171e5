import SSHWire

/// A request of two paths in the order in which they stand in the packet: RENAME, posix-rename@openssh.com and
/// hardlink@openssh.com (old, new); SYMLINK (target, link: OpenSSH's order, the draft has the other).
public struct TwoPathsRequest: ~Escapable {
    /// The first path, borrowed from the packet.
    public let first: RawSpan
    /// The second path, borrowed from the packet.
    public let second: RawSpan

    /// Parses what follows the request id or the extension's name.
    @_lifetime(copy body)
    public init(_ body: RawSpan) throws(WireError) {
        var reader = WireReader(body)
        first = try reader.readPath()
        second = try reader.readPath()
    }
}
