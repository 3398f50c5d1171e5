import Glibc

/// How to open a file: the flags of open(2) that a client has a say in.
public struct OpenOptions: OptionSet, Sendable {
    /// The options as bits.
    public let rawValue: UInt8

    /// The options of these bits.
    public init(rawValue: UInt8) {
        self.rawValue = rawValue
    }

    /// The content can be read. It is what a file is opened for when neither this nor ``write`` is given.
    public static let read = OpenOptions(rawValue: 1)
    /// The content can be written.
    public static let write = OpenOptions(rawValue: 2)
    /// Everything written goes to the end (O_APPEND).
    public static let append = OpenOptions(rawValue: 4)
    /// The file is made when there is none (O_CREAT).
    public static let create = OpenOptions(rawValue: 8)
    /// The file is emptied first (O_TRUNC).
    public static let truncate = OpenOptions(rawValue: 16)
    /// With ``create``: the file must not exist (O_EXCL).
    public static let exclusive = OpenOptions(rawValue: 32)

    /// The flags of open(2) for a file that exists.
    var flags: CInt {
        var flags = contains(.write) ? (contains(.read) ? O_RDWR : O_WRONLY) : O_RDONLY
        if contains(.append) { flags |= O_APPEND }
        if contains(.truncate) { flags |= O_TRUNC }
        return flags
    }
}
