/// The type byte of a packet: draft-ietf-secsh-filexfer-02 section 3. A client may send any byte, so this is no enum.
public struct PacketType: RawRepresentable, Equatable, Hashable, Sendable {
    /// The byte on the wire.
    public let rawValue: UInt8

    /// The type of that byte.
    public init(rawValue: UInt8) {
        self.rawValue = rawValue
    }

    /// SSH_FXP_INIT.
    public static let initialize = PacketType(rawValue: 1)
    /// SSH_FXP_VERSION.
    public static let version = PacketType(rawValue: 2)
    /// SSH_FXP_OPEN.
    public static let open = PacketType(rawValue: 3)
    /// SSH_FXP_CLOSE.
    public static let close = PacketType(rawValue: 4)
    /// SSH_FXP_READ.
    public static let read = PacketType(rawValue: 5)
    /// SSH_FXP_WRITE.
    public static let write = PacketType(rawValue: 6)
    /// SSH_FXP_LSTAT.
    public static let lstat = PacketType(rawValue: 7)
    /// SSH_FXP_FSTAT.
    public static let fstat = PacketType(rawValue: 8)
    /// SSH_FXP_SETSTAT.
    public static let setstat = PacketType(rawValue: 9)
    /// SSH_FXP_FSETSTAT.
    public static let fsetstat = PacketType(rawValue: 10)
    /// SSH_FXP_OPENDIR.
    public static let opendir = PacketType(rawValue: 11)
    /// SSH_FXP_READDIR.
    public static let readdir = PacketType(rawValue: 12)
    /// SSH_FXP_REMOVE.
    public static let remove = PacketType(rawValue: 13)
    /// SSH_FXP_MKDIR.
    public static let mkdir = PacketType(rawValue: 14)
    /// SSH_FXP_RMDIR.
    public static let rmdir = PacketType(rawValue: 15)
    /// SSH_FXP_REALPATH.
    public static let realpath = PacketType(rawValue: 16)
    /// SSH_FXP_STAT.
    public static let stat = PacketType(rawValue: 17)
    /// SSH_FXP_RENAME.
    public static let rename = PacketType(rawValue: 18)
    /// SSH_FXP_READLINK.
    public static let readlink = PacketType(rawValue: 19)
    /// SSH_FXP_SYMLINK.
    public static let symlink = PacketType(rawValue: 20)
    /// SSH_FXP_STATUS.
    public static let status = PacketType(rawValue: 101)
    /// SSH_FXP_HANDLE.
    public static let handle = PacketType(rawValue: 102)
    /// SSH_FXP_DATA.
    public static let data = PacketType(rawValue: 103)
    /// SSH_FXP_NAME.
    public static let name = PacketType(rawValue: 104)
    /// SSH_FXP_ATTRS.
    public static let attrs = PacketType(rawValue: 105)
    /// SSH_FXP_EXTENDED.
    public static let extended = PacketType(rawValue: 200)
    /// SSH_FXP_EXTENDED_REPLY.
    public static let extendedReply = PacketType(rawValue: 201)
}
