import CLinux
import Glibc

extension ConfinedDirectory {
    /// Changes size, permissions and times of a file, in that order; each is tried even when one before it failed.
    ///
    /// - Parameter durably: whether a size that is set is synced, with the content; mode and times never are.
    /// - Throws: the last failure, as OpenSSH's sftp-server answers.
    public func setAttributes(
        _ changes: AttributeChanges, of path: RawSpan, followLinks: Bool, durably: Bool = false
    ) throws(Errno) {
        var failure: Errno?
        var changes = changes
        if let size = changes.sizeBytes, off_t(exactly: size) == nil {
            // truncate(2) refuses before it looks for the file.
            failure = .invalidArgument
            changes.sizeBytes = nil
            guard !changes.isEmpty else { throw .invalidArgument }
        }
        try withPath(path) { (bytes) throws(Errno) in
            let place = try unsafe openPlaceResolved(bytes.pointer, followLast: followLinks)
            if let size = changes.sizeBytes {
                record(&failure) { () throws(Errno) in
                    try unsafe truncate(bytes.pointer, place.rawValue, to: size, durably: durably)
                }
            }
            if let mode = changes.mode {
                record(&failure) { () throws(Errno) in try unsafe setMode(mode, bytes.pointer, place.rawValue) }
            }
            if let times = changes.times {
                record(&failure) { () throws(Errno) in try setTimes(times, ofDescriptor: place.rawValue, "") }
            }
            if let failure { throw failure }
        }
    }

    private func truncate(
        _ path: UnsafePointer<CChar>, _ place: CInt, to size: UInt64, durably: Bool
    ) throws(Errno) {
        // truncate(2)'s answers; opening would give others.
        switch try ConfinedFileSystem.status(ofDescriptor: place).kind {
        case .regular: break
        case .directory: throw .isDirectory
        case .symbolicLink, .other: throw .invalidArgument
        }
        guard let length = off_t(exactly: size) else { throw .invalidArgument }
        let file = try unsafe openResolved(path, flags: O_WRONLY)
        _ = try retrying { ftruncate(file.rawValue, length) }
        if durably { try syncFile(file.rawValue) }
    }

    private func setMode(_ mode: UInt32, _ path: UnsafePointer<CChar>, _ place: CInt) throws(Errno) {
        let status = try ConfinedFileSystem.status(ofDescriptor: place)
        let mode = permissions(mode, of: status)
        do {
            _ = try retrying { unsafe clinux_fchmodat2(place, "", mode, clinux_AT_EMPTY_PATH) }
        } catch {
            guard error == .notImplemented else { throw error }
            guard status.kind != .symbolicLink else { throw .notSupported }
            try unsafe setModeByOpening(mode, path)
        }
    }

    /// For kernels before 6.6, which change the mode of an open file or of a path that they follow themselves.
    func setModeByOpening(_ mode: UInt32, _ path: UnsafePointer<CChar>) throws(Errno) {
        let place = try unsafe openPlaceResolved(path, followLast: true)
        let isOpened = try ConfinedFileSystem.status(ofDescriptor: place.rawValue).kind != .other
        for flags in isOpened ? [O_RDONLY, O_WRONLY] : [] {
            do {
                let file = try unsafe openResolved(path, flags: flags)
                _ = try retrying { fchmod(file.rawValue, mode) }
                return
            } catch {
                guard error == .accessDenied || error == .isDirectory else { throw error }
            }
        }
        // Neither readable nor writable. fchmodat(2) by path follows links, so it is used only where the process can name
        // nothing outside of this directory: where it is the process's own root. (Not by chmod(2), nor from the working
        // directory: sessions may do neither.)
        let ownRoot = try unsafe ConfinedFileSystem.status(of: "/", in: root.rawValue)
        guard try ConfinedFileSystem.status(ofDescriptor: root.rawValue).isSameFile(as: ownRoot) else {
            throw .accessDenied
        }
        let resolved = try unsafe PathWalk.resolve(path, beneath: root.rawValue, rule: .kernel)
        try withPath(resolved.span.bytes) { (bytes) throws(Errno) in
            _ = try retrying { unsafe fchmodat(root.rawValue, bytes.pointer, mode, 0) }
        }
    }
}

/// The permission bits to set: the client's below 01000, and the setgid bit that a directory has for its group.
func permissions(_ mode: UInt32, of status: FileStatus) -> UInt32 {
    (mode & 0o777) | (status.kind == .directory ? status.mode & S_ISGID : 0)
}

/// Keeps the latest failure of several steps that are all taken.
func record(_ failure: inout Errno?, _ step: () throws(Errno) -> Void) {
    do {
        try step()
    } catch {
        failure = error
    }
}

/// Sets both times; `name` empty: of what the descriptor itself is.
func setTimes(
    _ times: (accessSeconds: Int64, modificationSeconds: Int64), ofDescriptor descriptor: CInt,
    _ name: UnsafePointer<CChar>
) throws(Errno) {
    let specifications = [
        timespec(tv_sec: Int(times.accessSeconds), tv_nsec: 0),
        timespec(tv_sec: Int(times.modificationSeconds), tv_nsec: 0),
    ]
    let flags = AT_SYMLINK_NOFOLLOW | clinux_AT_EMPTY_PATH
    _ = try retrying { unsafe utimensat(descriptor, name, specifications, flags) }
}
