import Glibc

extension ConfinedDirectory {
    /// What stat(2), or with `followLinks` false lstat(2), says of a path.
    public func status(of path: RawSpan, followLinks: Bool) throws(Errno) -> FileStatus {
        if let found = try statusOfName(path), found.kind != .symbolicLink || !followLinks { return found }
        return try withPath(path) { (bytes) throws(Errno) -> FileStatus in
            let place = try unsafe openPlaceResolved(bytes.pointer, followLast: followLinks)
            return try ConfinedFileSystem.status(ofDescriptor: place.rawValue)
        }
    }

    /// The short way for a name in the root itself: one call that can't leave it. Nil for every other path.
    private func statusOfName(_ path: RawSpan) throws(Errno) -> FileStatus? {
        try withPath(path) { (bytes) throws(Errno) -> FileStatus? in
            let split = SplitPath(bytes)
            guard unsafe split.parent == nil, split.kind == .name, !split.hasTrailingSlash else { return nil }
            return try unsafe ConfinedFileSystem.status(of: split.last, in: root.rawValue)
        }
    }

    /// The path without links, `.` and `..`, absolute from the root, as OpenSSH's sftp-server answers REALPATH:
    /// the last component may be missing, any other is ENOENT. The empty path is the root, here alone.
    public func realpath(_ path: RawSpan) throws(Errno) -> [UInt8] {
        let textual = try CanonicalPath.textually(path)
        if path.isEmpty { return textual.bytes }
        return try withPath(path) { (bytes) throws(Errno) -> [UInt8] in
            if textual.isRoot, !Self.hasNames(path) { return textual.bytes }
            do throws(Errno) {
                // A path that the kernel walks without meeting a link is what its text says.
                _ = try unsafe openPlace(beneath: root.rawValue, bytes.pointer)
                return textual.bytes
            } catch {
                return try unsafe PathWalk.resolve(bytes.pointer, beneath: root.rawValue, rule: .realpath)
            }
        }
    }

    /// Whether anything but slashes and dots is in a path.
    private static func hasNames(_ path: RawSpan) -> Bool {
        for index in 0..<path.byteCount {
            let byte = path.unsafeLoad(fromByteOffset: index, as: UInt8.self)
            if byte != UInt8(ascii: "/"), byte != UInt8(ascii: ".") { return true }
        }
        return false
    }

    /// Where a symbolic link points, as it was stored. EINVAL when it is none.
    public func linkTarget(of path: RawSpan) throws(Errno) -> [UInt8] {
        try withPath(path) { (bytes) throws(Errno) -> [UInt8] in
            let place = try unsafe openPlaceResolved(bytes.pointer, followLast: false)
            // For the empty name the kernel says ENOENT where it says EINVAL for a path.
            guard try ConfinedFileSystem.status(ofDescriptor: place.rawValue).kind == .symbolicLink else {
                throw .invalidArgument
            }
            return try ConfinedFileSystem.linkTarget(of: "", in: place.rawValue)
        }
    }

    /// The file system that a path is on.
    public func fileSystemStatus(of path: RawSpan) throws(Errno) -> FileSystemStatus {
        try withPath(path) { (bytes) throws(Errno) -> FileSystemStatus in
            let place = try unsafe openPlaceResolved(bytes.pointer, followLast: true)
            return try FileSystemStatus(ofDescriptor: place.rawValue)
        }
    }
}
