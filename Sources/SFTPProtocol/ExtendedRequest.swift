import SSHWire

/// SSH_FXP_EXTENDED: draft section 8.
public struct ExtendedRequest: ~Escapable {
    /// The extension's name, borrowed from the packet.
    public let name: RawSpan
    /// What follows the name.
    public let body: RawSpan

    /// Parses what follows the request id.
    @_lifetime(copy body)
    public init(_ body: RawSpan) throws(WireError) {
        var reader = WireReader(body)
        name = try reader.readPath()
        self.body = reader.readRest()
    }
}
