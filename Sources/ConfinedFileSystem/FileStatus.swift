import Glibc

/// What a name in the file system stands for.
public enum FileKind: Sendable, Equatable {
    case regular
    case directory
    case symbolicLink
    /// A FIFO, socket or device: shown, never opened.
    case other
}

/// What stat(2) says of a file.
public struct FileStatus: Sendable, Equatable {
    /// What it is.
    public let kind: FileKind
    /// Type and permission bits, as st_mode has them.
    public let mode: UInt32
    /// Size in bytes.
    public let sizeBytes: UInt64
    /// Number of names.
    public let links: UInt64
    /// Last read, in seconds since 1970.
    public let accessSeconds: Int64
    /// Last change of the content, in seconds since 1970.
    public let modificationSeconds: Int64
    /// Numeric owner and group on the host.
    public let owner: UInt32, group: UInt32
    /// What identifies the file on this machine.
    public let device: UInt64, inode: UInt64

    init(_ status: stat) {
        switch status.st_mode & S_IFMT {
        case S_IFREG: kind = .regular
        case S_IFDIR: kind = .directory
        case S_IFLNK: kind = .symbolicLink
        default: kind = .other
        }
        mode = status.st_mode
        sizeBytes = UInt64(clamping: status.st_size)
        links = UInt64(status.st_nlink)
        accessSeconds = Int64(status.st_atim.tv_sec)
        modificationSeconds = Int64(status.st_mtim.tv_sec)
        owner = status.st_uid
        group = status.st_gid
        device = UInt64(status.st_dev)
        inode = UInt64(status.st_ino)
    }

    /// Whether both describe the same file.
    public func isSameFile(as other: FileStatus) -> Bool {
        device == other.device && inode == other.inode
    }
}
