import Glibc
import SFTPProtocol

/// What a server's directory should look like: a plain directory that system calls keep in step with the requests, each
/// answered with the status that SFTP has for the call's result.
final class ModelDirectory {
    private let scratch = ScratchDirectory()

    var path: String { scratch.path }

    /// The status of a call that returned this.
    static func status(_ result: Int) -> StatusCode {
        guard result < 0 else { return .ok }
        switch errno {
        case ENOENT, ENOTDIR, ELOOP, EBADF: return .noSuchFile
        case EPERM, EACCES: return .permissionDenied
        case EINVAL, ENAMETOOLONG: return .badMessage
        default: return .failure
        }
    }

    private func host(_ path: [UInt8]) -> String {
        String(decoding: (scratch.path + "/").utf8 + path, as: UTF8.self)
    }

    func lookUp(_ path: [UInt8], followLinks: Bool) -> (status: StatusCode, found: stat) {
        var found = stat()
        let result = followLinks ? stat(host(path), &found) : lstat(host(path), &found)
        return (Self.status(Int(result)), found)
    }

    func open(_ path: [UInt8], _ flags: OpenFlags, mode: UInt32) -> (status: StatusCode, descriptor: CInt) {
        var bits = flags.contains(.write) ? (flags.contains(.read) ? O_RDWR : O_WRONLY) : O_RDONLY
        for (flag, bit) in [
            (OpenFlags.append, O_APPEND), (.create, O_CREAT), (.truncate, O_TRUNC), (.exclusive, O_EXCL),
        ] where flags.contains(flag) { bits |= bit }
        let descriptor = Glibc.open(host(path), bits | O_CLOEXEC, mode)
        return (Self.status(Int(descriptor)), descriptor)
    }

    func makeDirectory(_ path: [UInt8], mode: UInt32) -> StatusCode { Self.status(Int(mkdir(host(path), mode))) }
    func removeDirectory(_ path: [UInt8]) -> StatusCode { Self.status(Int(rmdir(host(path)))) }
    func removeFile(_ path: [UInt8]) -> StatusCode { Self.status(Int(unlink(host(path)))) }

    func rename(_ path: [UInt8], to other: [UInt8], replacing: Bool) -> StatusCode {
        if !replacing {
            let source = lookUp(path, followLinks: false).status
            guard source == .ok else { return source }
            if lookUp(other, followLinks: false).status == .ok { return .failure }
        }
        return Self.status(Int(Glibc.rename(host(path), host(other))))
    }

    func makeSymbolicLink(_ path: [UInt8], to target: [UInt8]) -> StatusCode {
        Self.status(Int(symlink(String(decoding: target, as: UTF8.self), host(path))))
    }

    func makeHardLink(_ path: [UInt8], to existing: [UInt8]) -> StatusCode {
        Self.status(Int(linkat(AT_FDCWD, host(existing), AT_FDCWD, host(path), 0)))
    }

    func linkTarget(_ path: [UInt8]) -> (status: StatusCode, target: [UInt8]) {
        var buffer = [CChar](repeating: 0, count: 4096)
        let count = readlink(host(path), &buffer, buffer.count)
        return (Self.status(count), buffer.prefix(max(count, 0)).map { UInt8(bitPattern: $0) })
    }

    /// The path of what exists, from the directory on; nil for what does not.
    func realpath(_ path: [UInt8]) -> [UInt8]? {
        guard let resolved = Glibc.realpath(host(path), nil) else { return nil }
        defer { free(resolved) }
        let inside = String(cString: resolved).bytes.dropFirst(scratch.path.utf8.count)
        return inside.isEmpty ? "/".bytes : Array(inside)
    }

    /// The last failure of size, permissions and times, in this order.
    func setAttributes(_ attributes: FileAttributes, of path: [UInt8]) -> StatusCode {
        let host = host(path)
        return steps(
            attributes, size: { truncate(host, $0) }, mode: { chmod(host, $0) },
            times: { utimensat(AT_FDCWD, host, $0, 0) })
    }

    func setLinkTimes(_ attributes: FileAttributes, of path: [UInt8]) -> StatusCode {
        let host = host(path)
        return steps(attributes, times: { utimensat(AT_FDCWD, host, $0, AT_SYMLINK_NOFOLLOW) })
    }

    func setAttributes(_ attributes: FileAttributes, of descriptor: CInt) -> StatusCode {
        steps(
            attributes, size: { ftruncate(descriptor, $0) }, mode: { fchmod(descriptor, $0) },
            times: { futimens(descriptor, $0) })
    }

    private func steps(
        _ attributes: FileAttributes, size: (off_t) -> CInt = { _ in 0 }, mode: (mode_t) -> CInt = { _ in 0 },
        times: ([timespec]) -> CInt
    ) -> StatusCode {
        var status = StatusCode.ok
        func take(_ result: CInt) {
            let outcome = Self.status(Int(result))
            if outcome != .ok { status = outcome }
        }
        if let bytes = attributes.size { take(size(off_t(bytes))) }
        if let permissions = attributes.permissions { take(mode(permissions)) }
        if let set = attributes.times {
            take(times([set.access, set.modification].map { timespec(tv_sec: time_t($0), tv_nsec: 0) }))
        }
        return status
    }

    /// The names in a directory; nil for what is none.
    func names(in path: [UInt8]) -> Set<[UInt8]>? {
        guard let directory = opendir(host(path)) else { return nil }
        defer { closedir(directory) }
        var names: Set<[UInt8]> = []
        while let entry = readdir(directory) {
            names.insert(withUnsafeBytes(of: &entry.pointee.d_name) { Array($0.prefix { $0 != 0 }) })
        }
        return names
    }

    func content(_ path: [UInt8]) -> [UInt8]? { scratch.content(String(decoding: path, as: UTF8.self)) }
}
