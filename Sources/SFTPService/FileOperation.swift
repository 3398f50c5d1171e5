/// What a request is to do, as far as requests that fail are counted apart.
public enum FileOperation: UInt8, Sendable, CaseIterable {
    /// OPEN.
    case open = 1
    /// CLOSE, and what is left open at the end.
    case close = 2
    /// READ.
    case read = 3
    /// WRITE.
    case write = 4
    /// STAT, LSTAT, FSTAT.
    case stat = 5
    /// SETSTAT, FSETSTAT, lsetstat@openssh.com.
    case setstat = 6
    /// OPENDIR, READDIR.
    case list = 7
    /// REMOVE.
    case remove = 8
    /// MKDIR.
    case mkdir = 9
    /// RMDIR.
    case rmdir = 10
    /// REALPATH, READLINK, expand-path@openssh.com.
    case path = 11
    /// RENAME, posix-rename@openssh.com.
    case rename = 12
    /// SYMLINK.
    case symlink = 13
    /// hardlink@openssh.com.
    case hardlink = 14
    /// fsync@openssh.com.
    case fsync = 15
    /// copy-data.
    case copy = 16
    /// Everything else, and what is no request that the server knows.
    case other = 17
}
