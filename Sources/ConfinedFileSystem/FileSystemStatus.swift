import Glibc

/// What statvfs(3) says of the file system that a file is on. The file system's id is left out: it names the host's disk.
public struct FileSystemStatus: Sendable, Equatable {
    /// Block size and fundamental block size, in bytes.
    public let blockBytes: UInt64, fragmentBytes: UInt64
    /// Blocks of `fragmentBytes`: in all, free, and free for unprivileged users.
    public let blocks: UInt64, blocksFree: UInt64, blocksAvailable: UInt64
    /// File numbers: in all, free, and free for unprivileged users.
    public let files: UInt64, filesFree: UInt64, filesAvailable: UInt64
    /// Whether nothing can be written.
    public let isReadOnly: Bool
    /// Whether setuid bits have no effect.
    public let ignoresSetUserID: Bool
    /// The longest name, in bytes.
    public let nameBytesMax: UInt64

    init(ofDescriptor descriptor: CInt) throws(Errno) {
        var status = statvfs()
        _ = try retrying { unsafe fstatvfs(descriptor, &status) }
        blockBytes = UInt64(status.f_bsize)
        fragmentBytes = UInt64(status.f_frsize)
        blocks = UInt64(status.f_blocks)
        blocksFree = UInt64(status.f_bfree)
        blocksAvailable = UInt64(status.f_bavail)
        files = UInt64(status.f_files)
        filesFree = UInt64(status.f_ffree)
        filesAvailable = UInt64(status.f_favail)
        isReadOnly = status.f_flag & UInt(ST_RDONLY) != 0
        ignoresSetUserID = status.f_flag & UInt(ST_NOSUID) != 0
        nameBytesMax = UInt64(status.f_namemax)
    }
}
