import Foundation
import Glibc

/// Why the audit log can't be used, in words for the operator.
public struct AuditFailure: Error, CustomStringConvertible, Equatable {
    /// The words.
    public let description: String
    /// The error of the system behind it; 0 for none.
    let code: CInt

    init(_ description: String, code: CInt = 0) {
        self.description = description
        self.code = code
    }
}

/// The file of the audit log, open for appending.
struct AuditFile: ~Copyable {
    private let descriptor: CInt
    /// Whether the file ends in the middle of a line: a full disk took a part of one, or a crash did.
    private var isTorn: Bool

    /// Opens the file at `path`; makes it, readable and writable by its owner alone, where it is missing. The owner is that
    /// of the directory where root makes it: `sudo berthd api-key create` must not lock the service out.
    ///
    /// Refuses a link and what is no regular file, and a file that somebody else could change.
    init(path: String) throws(AuditFailure) {
        var descriptor: CInt = -1
        // Another process may make it, or move it away, between the two.
        for _ in 0..<5 where descriptor < 0 {
            let flags = O_RDWR | O_APPEND | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK
            descriptor = open(path, flags | O_CREAT | O_EXCL, 0o600)
            if descriptor >= 0 {
                if geteuid() == 0 { Self.giveToOwner(of: path, descriptor) }
            } else if errno == EEXIST {
                descriptor = open(path, flags)
            }
            guard descriptor >= 0 || errno == ENOENT || errno == EEXIST else { break }
        }
        guard descriptor >= 0 else {
            let code = errno
            throw AuditFailure(
                code == ELOOP
                    ? "\(path) is a symbolic link; the file itself has to be there"
                    : "can't open \(path): \(String(cString: strerror(code)))", code: code)
        }
        do throws(AuditFailure) {
            isTorn = try Self.check(descriptor, path)
        } catch {
            close(descriptor)
            throw error
        }
        self.descriptor = descriptor
    }

    deinit { close(descriptor) }

    /// Whether the file ends in the middle of a line.
    private static func check(_ descriptor: CInt, _ path: String) throws(AuditFailure) -> Bool {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else {
            throw AuditFailure("can't look at \(path): \(String(cString: strerror(errno)))", code: errno)
        }
        guard status.st_mode & S_IFMT == S_IFREG else { throw AuditFailure("\(path) is no regular file") }
        // Root may write what is the service's.
        guard geteuid() == 0 || status.st_uid == geteuid() || status.st_uid == 0 else {
            throw AuditFailure("\(path) belongs to user id \(status.st_uid), who could change it")
        }
        guard status.st_mode & 0o022 == 0 else {
            throw AuditFailure("others could change \(path): chmod go-w \(path)")
        }
        var last: UInt8 = 0
        return status.st_size > 0 && pread(descriptor, &last, 1, status.st_size - 1) == 1 && last != UInt8(ascii: "\n")
    }

    private static func giveToOwner(of path: String, _ descriptor: CInt) {
        var status = stat()
        let directory = (path as NSString).deletingLastPathComponent
        guard stat(directory.isEmpty ? "." : directory, &status) == 0 else { return }
        _ = fchown(descriptor, status.st_uid, status.st_gid)
    }

    /// Appends a line with one write(2), which no other process's lines can come into; 0, or the error because of which the
    /// line is not there as a whole.
    mutating func append(_ line: [UInt8]) -> CInt {
        // What is left of a torn line must not spoil this one.
        var rest = (isTorn ? [UInt8(ascii: "\n")] + line : line)[...]
        let whole = rest.count
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
            if count > 0 {
                // Less than all was written: the disk is full, and says so next time.
                rest = rest.dropFirst(count)
            } else if count == 0 || errno != EINTR {
                let code = count == 0 ? EIO : errno
                if rest.count < whole { isTorn = true }
                return code
            }
        }
        isTorn = false
        return 0
    }
}
