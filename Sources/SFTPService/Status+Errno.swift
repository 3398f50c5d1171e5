import ConfinedFileSystem
import Glibc
import SFTPProtocol

extension StatusCode {
    /// The status of a failed system call: the answers of OpenSSH's sftp-server (`errno_to_portable`).
    init(_ error: Errno) {
        switch error.rawValue {
        case 0: self = .ok
        case ENOENT, ENOTDIR, EBADF, ELOOP: self = .noSuchFile
        case EPERM, EACCES, EFAULT: self = .permissionDenied
        case ENAMETOOLONG, EINVAL: self = .badMessage
        case ENOSYS: self = .unsupported
        default: self = .failure
        }
    }
}

extension Errno {
    /// What a person is told. Never a path of the host: the client's own is put behind it.
    var statusText: StaticString {
        switch rawValue {
        case 0: "Success"
        case ENOENT: "No such file"
        case ENOTDIR: "Not a directory"
        case EBADF: "The file is not open for this"
        case ELOOP: "Too many symbolic links"
        case EPERM, EACCES, EFAULT: "Permission denied"
        case ENAMETOOLONG: "Name too long"
        case EINVAL: "Invalid request"
        case ENOSYS, EOPNOTSUPP: "Operation unsupported"
        case EEXIST: "File exists"
        case ENOTEMPTY: "Directory not empty"
        case EISDIR: "Is a directory"
        case ENXIO, ENODEV: "Not a regular file"
        case ENOSPC: "No space left on device"
        case EDQUOT: "Disk quota exceeded"
        case EFBIG: "File too large"
        case EROFS: "Read-only file system"
        case EXDEV: "Not on the same file system"
        case EMLINK: "Too many links"
        case EMFILE, ENFILE: "Too many open files"
        case EBUSY, ETXTBSY: "In use"
        case EIO: "Input/output error"
        case ENOMEM: "Out of memory"
        default: "Failure"
        }
    }
}
