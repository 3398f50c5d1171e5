import CLinux
import Glibc

/// How directories of the store are made.
public struct DirectoryOwnership: Sendable, Equatable {
    /// Permission bits, whatever the umask says.
    public var mode: UInt32
    /// The group that gets the directories, which then also get the setgid bit, so that what is made in them has the
    /// same group; nil leaves the process's own and sets no bit.
    public var group: UInt32?

    /// Directories of that mode and group.
    public init(mode: UInt32, group: UInt32? = nil) {
        self.mode = mode
        self.group = group
    }
}

extension ConfinedDirectory {
    /// Makes a directory and those above it that are missing. Symbolic links on the way are not followed: they are ELOOP.
    ///
    /// With `durably` every directory on the way is synced, also those that exist: another call may have made them a moment
    /// ago. If it fails, what it made is removed again.
    ///
    /// - Returns: the paths of the directories that were made, outermost first.
    public func makeDirectories(
        _ path: RawSpan, ownership: DirectoryOwnership, durably: Bool
    ) throws(Errno) -> [[UInt8]] {
        try withPath(path) { (_) throws(Errno) in }
        var made: [[UInt8]] = []
        var current = CanonicalPath()
        var place: Descriptor?
        do throws(Errno) {
            for name in [UInt8](copying: path).split(separator: CanonicalPath.slash) {
                let name = [UInt8](name)
                guard name != CanonicalPath.currentDirectory else { continue }
                guard name != CanonicalPath.parentDirectory else { throw Errno.invalidArgument }
                try current.append(name)
                let parent = place?.rawValue ?? root.rawValue
                let isNew = try make(name, in: parent)
                if isNew { made.append(current.bytes) }
                let next = try open(name, in: parent, ownership: isNew ? ownership : nil)
                if durably { try syncDirectory(parent) }
                place = consume next
            }
            if durably, !made.isEmpty { try syncDirectory(place?.rawValue ?? root.rawValue) }
        } catch {
            removeEmptyDirectories(made, durably: false)
            throw error
        }
        return made
    }

    /// Whether the directory was made: false when the name is taken.
    private func make(_ name: [UInt8], in parent: CInt) throws(Errno) -> Bool {
        try withPath(name.span.bytes) { (bytes) throws(Errno) -> Bool in
            do throws(Errno) {
                // Nobody else gets in before owner and mode are as they should be.
                _ = try retrying { unsafe mkdirat(parent, bytes.pointer, 0o700) }
                return true
            } catch {
                guard error == .fileExists else { throw error }
                return false
            }
        }
    }

    private func open(
        _ name: [UInt8], in parent: CInt, ownership: DirectoryOwnership?
    ) throws(Errno) -> Descriptor {
        try withPath(name.span.bytes) { (bytes) throws(Errno) -> Descriptor in
            let directory: Descriptor
            do throws(Errno) {
                directory = try unsafe openWithoutLinks(
                    beneath: parent, bytes.pointer, flags: O_RDONLY | O_DIRECTORY)
            } catch {
                // One that was there and that its partner made unreadable is still one to pass through.
                guard error == .accessDenied, ownership == nil else { throw error }
                return try unsafe openPlace(beneath: parent, bytes.pointer, flags: O_DIRECTORY)
            }
            if let ownership { try set(ownership, of: directory.rawValue) }
            return directory
        }
    }

    private func set(_ ownership: DirectoryOwnership, of directory: CInt) throws(Errno) {
        if let group = ownership.group { _ = try retrying { fchown(directory, uid_t.max, group) } }
        let setGroup = ownership.group == nil ? 0 : S_ISGID
        _ = try retrying { fchmod(directory, (ownership.mode & 0o777) | setGroup) }
    }

    /// Gives the owner of the files its access back to each directory on a path where a mode forbids it: partners may set any
    /// mode, and the service must still get to their homes and to those below. Links are not followed.
    public func restoreOwnerAccess(_ path: RawSpan) throws(Errno) {
        var place: Descriptor?
        for name in [UInt8](copying: path).split(separator: CanonicalPath.slash) {
            let parent = place?.rawValue ?? root.rawValue
            let next = try withPath([UInt8](name).span.bytes) { (bytes) throws(Errno) -> Descriptor in
                try unsafe openPlace(beneath: parent, bytes.pointer, flags: O_DIRECTORY)
            }
            let mode = try ConfinedFileSystem.status(ofDescriptor: next.rawValue).mode
            if mode & 0o700 != 0o700 { try setMode(ofPlace: next.rawValue, mode & 0o7777 | 0o700) }
            place = consume next
        }
    }

    private func setMode(ofPlace place: CInt, _ mode: UInt32) throws(Errno) {
        do throws(Errno) {
            _ = try retrying { unsafe clinux_fchmodat2(place, "", mode, clinux_AT_EMPTY_PATH) }
        } catch {
            // EPERM also stands for a filter of system calls that doesn't know this one.
            guard error == .notImplemented || error == .notPermitted else { throw error }
            // Kernels before 6.6: by way of /proc, which the service has, as opposed to its sessions.
            _ = try retrying { chmod("/proc/self/fd/\(place)", mode) }
        }
    }

    /// Removes those of `paths` that are empty directories, innermost first: takes ``makeDirectories(_:ownership:durably:)``
    /// back. Whatever can't be removed, because something is in it by now, stays, and so does what is above it.
    public func removeEmptyDirectories(_ paths: [[UInt8]], durably: Bool) {
        for path in paths.reversed() {
            guard (try? removeDirectory(path.span.bytes, durably: durably)) != nil else { return }
        }
    }
}
