import SSHWire

/// users-groups-by-id@openssh.com: OpenSSH's PROTOCOL, section 4.12. Each list is a string of `uint32`s.
public struct UsersGroupsRequest: ~Escapable {
    /// The users' numbers, four bytes each.
    public let users: RawSpan
    /// The groups' numbers, four bytes each.
    public let groups: RawSpan

    /// Parses what follows the extension's name. A list that ends within a number is malformed.
    @_lifetime(copy body)
    public init(_ body: RawSpan) throws(WireError) {
        var reader = WireReader(body)
        users = try reader.readString()
        groups = try reader.readString()
        guard users.byteCount % 4 == 0, groups.byteCount % 4 == 0 else { throw .malformed }
    }
}
