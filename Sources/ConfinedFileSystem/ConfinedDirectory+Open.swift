import Glibc

extension ConfinedDirectory {
    /// Opens a regular file (or, for reading only, a directory).
    ///
    /// - Parameters:
    ///   - mode: permissions of a file that is made: masked with 0777 and by the umask.
    ///   - durably: whether ``OpenFile/sync()`` shall sync the directory of a file that this call makes.
    public func openFile(
        _ path: RawSpan, _ options: OpenOptions, mode: UInt32, durably: Bool
    ) throws(Errno) -> OpenFile {
        guard options.contains(.create) else {
            // Looked at first: opening a FIFO wakes who waits at its other end, and a device may do anything.
            guard try status(of: path, followLinks: true).kind != .other else { throw .notRegularFile }
            return try withPath(path) { (bytes) throws(Errno) -> OpenFile in
                let file = try unsafe openResolved(bytes.pointer, flags: options.flags)
                return try OpenFile(existing: file, isDirectoryAllowed: true)
            }
        }
        for _ in 0..<resolutionAttemptsMax {
            do {
                return try openOrCreate(path, options, mode: mode, durably: durably)
            } catch {
                // The file came or went between two looks.
                guard error == .again else { throw error }
            }
        }
        throw .tooManyLinks
    }

    /// One try. EAGAIN: try once more.
    private func openOrCreate(
        _ path: RawSpan, _ options: OpenOptions, mode: UInt32, durably: Bool
    ) throws(Errno) -> OpenFile {
        do {
            return try withParent(of: path, durably: durably) { (parent, split) throws(Errno) -> OpenFile in
                guard split.kind == .name else { throw options.contains(.exclusive) ? .fileExists : .isDirectory }
                guard !split.hasTrailingSlash else { throw .isDirectory }
                return try unsafe openOrCreate(split.last, in: parent, options, mode: mode)
            }
        } catch {
            guard error == .tooManyLinks else { throw error }
        }
        // The last component is a symbolic link: the file is opened, or made, where it leads.
        let resolved = try withPath(path) { (bytes) throws(Errno) -> [UInt8] in
            try unsafe PathWalk.resolve(bytes.pointer, beneath: root.rawValue, rule: .kernelMakingLast)
        }
        return try withParent(of: resolved.span.bytes, durably: durably) { (parent, split) throws(Errno) -> OpenFile in
            guard split.kind == .name else { throw .isDirectory }
            do throws(Errno) {
                return try unsafe openOrCreate(split.last, in: parent, options, mode: mode)
            } catch {
                throw error == .tooManyLinks ? .again : error
            }
        }
    }

    /// Making the file and opening what is there are two calls, so that it is known which of them happened.
    private func openOrCreate(
        _ name: UnsafePointer<CChar>, in parent: consuming ParentDirectory, _ options: OpenOptions, mode: UInt32
    ) throws(Errno) -> OpenFile {
        do {
            let file = try unsafe openWithoutLinks(
                beneath: parent.rawValue, name, flags: options.flags | O_CREAT | O_EXCL,
                mode: UInt16(mode & 0o777))
            return OpenFile(made: file, in: parent)
        } catch {
            guard error == .fileExists, !options.contains(.exclusive) else { throw error }
        }
        do throws(Errno) {
            let kind = try unsafe ConfinedFileSystem.status(of: name, in: parent.rawValue).kind
            guard kind != .other else { throw .notRegularFile }
            let file = try unsafe openWithoutLinks(beneath: parent.rawValue, name, flags: options.flags | O_NOFOLLOW)
            return try OpenFile(existing: file, isDirectoryAllowed: false)
        } catch {
            throw error == .noSuchFile ? .again : error
        }
    }

    /// Opens a directory to read its entries.
    public func openDirectory(_ path: RawSpan) throws(Errno) -> DirectoryStream {
        let descriptor = try withPath(path) { (bytes) throws(Errno) -> Descriptor in
            try unsafe openResolved(bytes.pointer, flags: O_RDONLY | O_DIRECTORY)
        }
        return DirectoryStream(descriptor, root: try status(ofDescriptor: root.rawValue))
    }

    private func status(ofDescriptor descriptor: CInt) throws(Errno) -> FileStatus {
        try ConfinedFileSystem.status(ofDescriptor: descriptor)
    }
}
