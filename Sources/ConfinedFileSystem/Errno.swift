import Glibc

/// Why the kernel (or the confinement in front of it) refused a file operation: an error number of errno(3).
public struct Errno: Error, Equatable, Hashable, Sendable, CustomStringConvertible {
    /// The number, as `<errno.h>` has it.
    public let rawValue: CInt

    /// The error of that number.
    public init(rawValue: CInt) {
        self.rawValue = rawValue
    }

    /// ENOENT. Also the answer for every path with the reserved component `.berth`.
    public static let noSuchFile = Errno(rawValue: ENOENT)
    /// ENOTDIR.
    public static let notDirectory = Errno(rawValue: ENOTDIR)
    /// EISDIR.
    public static let isDirectory = Errno(rawValue: EISDIR)
    /// EEXIST.
    public static let fileExists = Errno(rawValue: EEXIST)
    /// ENOTEMPTY.
    public static let directoryNotEmpty = Errno(rawValue: ENOTEMPTY)
    /// EACCES.
    public static let accessDenied = Errno(rawValue: EACCES)
    /// EPERM.
    public static let notPermitted = Errno(rawValue: EPERM)
    /// EINVAL. Also the answer for a path with a NUL.
    public static let invalidArgument = Errno(rawValue: EINVAL)
    /// ENAMETOOLONG: a path of 4,096 bytes or more, or a component of more than 255.
    public static let nameTooLong = Errno(rawValue: ENAMETOOLONG)
    /// ELOOP.
    public static let tooManyLinks = Errno(rawValue: ELOOP)
    /// EBUSY.
    public static let busy = Errno(rawValue: EBUSY)
    /// EBADF.
    public static let badDescriptor = Errno(rawValue: EBADF)
    /// EIO. Also the answer when something could not be synced for a reason that says nothing to a client.
    public static let inputOutput = Errno(rawValue: EIO)
    /// ENXIO: what was named is neither a regular file nor a directory, and nothing else is ever opened.
    public static let notRegularFile = Errno(rawValue: ENXIO)
    /// ENOSYS.
    public static let notImplemented = Errno(rawValue: ENOSYS)
    /// ENOSPC.
    public static let noSpace = Errno(rawValue: ENOSPC)
    /// EDQUOT.
    public static let quotaExceeded = Errno(rawValue: EDQUOT)
    /// EAGAIN.
    static let again = Errno(rawValue: EAGAIN)
    /// EINTR.
    static let interrupted = Errno(rawValue: EINTR)
    /// EXDEV.
    static let crossDevice = Errno(rawValue: EXDEV)
    /// EOPNOTSUPP.
    static let notSupported = Errno(rawValue: EOPNOTSUPP)

    /// The error that the last call in this thread left.
    static var current: Errno { Errno(rawValue: errno) }

    /// The C library's text and the number; no path.
    public var description: String {
        guard let text = unsafe strerror(rawValue) else { return "errno \(rawValue)" }
        return unsafe "\(String(cString: text)) (errno \(rawValue))"
    }
}
