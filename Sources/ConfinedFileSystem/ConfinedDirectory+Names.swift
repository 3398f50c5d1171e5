import CLinux
import Glibc

// Operations that change names. With `durably` the directories they touch are synced before they return.

extension ConfinedDirectory {
    /// Makes a directory. `mode` is masked with 0777 and by the umask.
    public func makeDirectory(_ path: RawSpan, mode: UInt32, durably: Bool) throws(Errno) {
        try withParent(of: path, durably: durably) { (parent, split) throws(Errno) in
            guard split.kind != .root else { throw .fileExists }
            _ = try retrying { unsafe mkdirat(parent.rawValue, split.last, mode & 0o777) }
            if durably { try parent.sync() }
        }
    }

    /// Removes an empty directory.
    public func removeDirectory(_ path: RawSpan, durably: Bool) throws(Errno) {
        try withParent(of: path, durably: durably) { (parent, split) throws(Errno) in
            guard split.kind != .root else { throw .busy }
            _ = try retrying { unsafe unlinkat(parent.rawValue, split.last, AT_REMOVEDIR) }
            if durably { try parent.sync() }
        }
    }

    /// Removes a file, a link or anything else that is no directory.
    public func removeFile(_ path: RawSpan, durably: Bool) throws(Errno) {
        try withParent(of: path, durably: durably) { (parent, split) throws(Errno) in
            guard split.kind != .root else { throw .isDirectory }
            if split.hasTrailingSlash, split.kind == .name { try refuseUnlink(split, in: parent.rawValue) }
            _ = try retrying { unsafe unlinkat(parent.rawValue, split.last, 0) }
            if durably { try parent.sync() }
        }
    }

    /// The kernel's answers for unlink("name/"): the slash was cut off, so they are given here.
    private func refuseUnlink(_ split: SplitPath, in parent: CInt) throws(Errno) {
        let kind = try unsafe ConfinedFileSystem.status(of: split.last, in: parent).kind
        throw kind == .directory ? .isDirectory : .notDirectory
    }

    /// Renames a file or directory, a symbolic link itself.
    ///
    /// - Parameter replacing: whether a file (or, for a directory, an empty directory) at `target` is replaced; if not,
    ///   anything there is EEXIST, decided by the kernel in one step where the file system can.
    public func rename(
        _ path: RawSpan, to target: RawSpan, replacing: Bool, durably: Bool
    ) throws(Errno) {
        // Without replacing, what is renamed is looked at first, as OpenSSH does.
        if !replacing { _ = try status(of: path, followLinks: false) }
        try withParent(of: path, durably: durably) { (parent, old) throws(Errno) in
            let from = parent.rawValue
            try withParent(of: target, durably: durably) { (targetParent, new) throws(Errno) in
                if !replacing, new.kind != .name { throw .fileExists }
                guard old.kind != .root, new.kind != .root else { throw .busy }
                if old.hasTrailingSlash || new.hasTrailingSlash, old.kind == .name, new.kind == .name {
                    let kind = try unsafe ConfinedFileSystem.status(of: old.last, in: from).kind
                    if !replacing { try refuseExisting(target, new, in: targetParent.rawValue, for: path) }
                    guard kind == .directory else { throw .notDirectory }
                }
                if replacing {
                    _ = try retrying { unsafe renameat(from, old.last, targetParent.rawValue, new.last) }
                } else {
                    try unsafe renameWithoutReplacing(old.last, in: from, to: new.last, in: targetParent.rawValue)
                }
                if durably {
                    try targetParent.sync()
                    if !(try isSame(from, targetParent.rawValue)) { try syncDirectory(from) }
                }
            }
        }
    }

    /// The slashes at the ends of the paths were cut off, so what they mean to OpenSSH's look at both is said here:
    /// a regular file is linked to its new name; for anything else stat(2) of the target decides, then rename(2).
    private func refuseExisting(
        _ target: RawSpan, _ new: SplitPath, in parent: CInt, for path: RawSpan
    ) throws(Errno) {
        if try status(of: path, followLinks: false).kind == .regular { try checkNewName(new, in: parent) }
        if (try? status(of: target, followLinks: true)) != nil { throw .fileExists }
        let isThere = (try? unsafe ConfinedFileSystem.status(of: new.last, in: parent)) != nil
        if new.hasTrailingSlash, isThere { throw .notDirectory }
    }

    private func isSame(_ one: CInt, _ other: CInt) throws(Errno) -> Bool {
        if one == other { return true }
        let status = try ConfinedFileSystem.status(ofDescriptor: one)
        return status.isSameFile(as: try ConfinedFileSystem.status(ofDescriptor: other))
    }

    private func renameWithoutReplacing(
        _ old: UnsafePointer<CChar>, in from: CInt, to new: UnsafePointer<CChar>, in target: CInt
    ) throws(Errno) {
        do {
            _ = try retrying { unsafe clinux_renameat2(from, old, target, new, clinux_RENAME_NOREPLACE) }
        } catch {
            // EINVAL: the file system does not know the flag (or the rename makes no sense, which comes out below again).
            guard error == .invalidArgument || error == .notImplemented else { throw error }
            try unsafe renameByLink(old, in: from, to: new, in: target)
        }
    }

    /// The way of OpenSSH: link and unlink a regular file; look before anything else is renamed.
    func renameByLink(
        _ old: UnsafePointer<CChar>, in from: CInt, to new: UnsafePointer<CChar>, in target: CInt
    ) throws(Errno) {
        if try unsafe ConfinedFileSystem.status(of: old, in: from).kind == .regular {
            do {
                _ = try retrying { unsafe linkat(from, old, target, new, 0) }
                _ = try retrying { unsafe unlinkat(from, old, 0) }
                return
            } catch {
                let hasNoLinks = [.notSupported, .notImplemented, .notPermitted, .crossDevice].contains(error)
                guard hasNoLinks else { throw error }
            }
        }
        do {
            _ = try unsafe ConfinedFileSystem.status(of: new, in: target)
        } catch {
            guard error == .noSuchFile else { throw error }
            _ = try retrying { unsafe renameat(from, old, target, new) }
            return
        }
        throw .fileExists
    }

    /// Makes a symbolic link with this content, whatever it says.
    public func makeSymbolicLink(_ path: RawSpan, to target: RawSpan, durably: Bool) throws(Errno) {
        try withLinkTarget(target) { (target) throws(Errno) in
            try withParent(of: path, durably: durably) { (parent, split) throws(Errno) in
                try checkNewName(split, in: parent.rawValue)
                _ = try retrying { unsafe symlinkat(target, parent.rawValue, split.last) }
                if durably { try parent.sync() }
            }
        }
    }

    /// A link's content is no path to us: it may name `.berth`, where it will lead nowhere.
    private func withLinkTarget(
        _ target: RawSpan, _ body: (UnsafePointer<CChar>) throws(Errno) -> Void
    ) throws(Errno) {
        guard !target.isEmpty else { throw .noSuchFile }
        guard target.byteCount < PathLimit.bytes else { throw .nameTooLong }
        var bytes = [UInt8](copying: target)
        guard !bytes.contains(0) else { throw .invalidArgument }
        bytes.append(0)
        let terminated = bytes
        try terminated.withUnsafeBufferPointer { (bytes) throws(Errno) in
            guard let start = bytes.baseAddress else { return }
            try unsafe start.withMemoryRebound(to: CChar.self, capacity: bytes.count, body)
        }
    }

    /// Gives a file a second name. A symbolic link itself gets it, not what it leads to.
    public func makeHardLink(_ path: RawSpan, to existing: RawSpan, durably: Bool) throws(Errno) {
        try withParent(of: existing, durably: false) { (parent, old) throws(Errno) in
            // The order of the kernel's checks: what exists, where the new name goes, whether it is a directory.
            let kind = try status(of: existing, followLinks: old.hasTrailingSlash).kind
            guard kind == .directory || !old.hasTrailingSlash else { throw .notDirectory }
            let from = parent.rawValue
            try withParent(of: path, durably: durably) { (targetParent, new) throws(Errno) in
                try checkNewName(new, in: targetParent.rawValue)
                guard old.kind == .name, !old.hasTrailingSlash else {
                    let isThere =
                        (try? unsafe ConfinedFileSystem.status(of: new.last, in: targetParent.rawValue)) != nil
                    throw isThere ? .fileExists : .notPermitted
                }
                _ = try retrying { unsafe linkat(from, old.last, targetParent.rawValue, new.last, 0) }
                if durably { try targetParent.sync() }
            }
        }
    }

    /// What the kernel says where something that is no directory is to be made at a path with a slash behind it.
    private func checkNewName(_ split: SplitPath, in parent: CInt) throws(Errno) {
        guard split.kind == .name else { throw .fileExists }
        guard split.hasTrailingSlash else { return }
        _ = try unsafe ConfinedFileSystem.status(of: split.last, in: parent)
        throw .fileExists
    }
}
