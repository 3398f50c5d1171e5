/// The `pflags` of SSH_FXP_OPEN: draft-ietf-secsh-filexfer-02 section 6.3. Bits without a name are ignored.
public struct OpenFlags: OptionSet, Sendable {
    /// The bits on the wire.
    public let rawValue: UInt32

    /// The flags of these bits.
    public init(rawValue: UInt32) {
        self.rawValue = rawValue
    }

    /// SSH_FXF_READ.
    public static let read = OpenFlags(rawValue: 0x01)
    /// SSH_FXF_WRITE.
    public static let write = OpenFlags(rawValue: 0x02)
    /// SSH_FXF_APPEND.
    public static let append = OpenFlags(rawValue: 0x04)
    /// SSH_FXF_CREAT.
    public static let create = OpenFlags(rawValue: 0x08)
    /// SSH_FXF_TRUNC.
    public static let truncate = OpenFlags(rawValue: 0x10)
    /// SSH_FXF_EXCL.
    public static let exclusive = OpenFlags(rawValue: 0x20)
}
