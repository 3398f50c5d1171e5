import CLinux
import Glibc

/// A directory beneath which everything happens: the only confinement of paths there is.
///
/// Paths are bytes. The kernel resolves each of them with openat2(2) as if this directory were the root: `..` stops at it,
/// absolute paths and absolute links start at it. A path that meets no symbolic link takes one such call; operations on
/// names open the parent that way and act on the last component with calls that follow nothing. The component `.berth`
/// does not exist for any of them, on whatever way a path would come to it: links are followed one at a time by
/// ``PathWalk``, which refuses that component in their targets too, and the link-free path that it finds goes through the
/// kernel again.
///
/// All methods may be called from several threads at once. Errors are those of the system call, and:
/// EINVAL for a path with a NUL, ENAMETOOLONG from 4,096 bytes on, ENOENT for the empty path and for a component `.berth`, ELOOP for more than
/// 40 links or a path that others keep changing, ENXIO for what is neither a regular file nor a directory.
public struct ConfinedDirectory: ~Copyable, Sendable {
    let root: Descriptor

    /// Takes over `descriptor`, a directory opened for reading.
    public init(descriptor: CInt) {
        root = Descriptor(owning: descriptor)
    }

    /// Opens a directory of the host by its path there.
    public init(opening path: String) throws(Errno) {
        let descriptor = try retrying { open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC) }
        root = Descriptor(owning: descriptor)
    }

    /// The directory's descriptor, to be handed to another process; valid as long as this value lives.
    public var rawDescriptor: CInt { root.rawValue }

    /// Gives the directory's descriptor away.
    public consuming func release() -> CInt {
        root.release()
    }

    /// Opens a directory in this one as a confinement of its own.
    ///
    /// - Parameter followLinks: whether symbolic links on the way are followed; if not, they are ELOOP.
    public func directory(at path: RawSpan, followLinks: Bool) throws(Errno) -> ConfinedDirectory {
        let flags = O_RDONLY | O_DIRECTORY
        let descriptor = try withPath(path) { (bytes) throws(Errno) -> Descriptor in
            followLinks
                ? try unsafe openResolved(bytes.pointer, flags: flags)
                : try unsafe openWithoutLinks(beneath: root.rawValue, bytes.pointer, flags: flags)
        }
        return ConfinedDirectory(descriptor: descriptor.release())
    }

    /// Makes the names in this directory durable.
    public func sync() throws(Errno) {
        try syncDirectory(root.rawValue)
    }

    /// Where a path leads once its symbolic links are followed: a path without any, or the path itself when it has none.
    private func following<Result: ~Copyable>(
        _ path: UnsafePointer<CChar>, last: Bool, _ open: (UnsafePointer<CChar>) throws(Errno) -> Result
    ) throws(Errno) -> Result {
        do {
            return try unsafe open(path)
        } catch {
            guard error == .tooManyLinks else { throw error }
        }
        // Others may put new links in the way between the walk and the call: then it starts again.
        for _ in 0..<resolutionAttemptsMax {
            let rule: PathWalk.Rule = last ? .kernel : .kernelKeepingLastLink
            let resolved = try unsafe PathWalk.resolve(path, beneath: root.rawValue, rule: rule)
            do {
                return try withPath(resolved.span.bytes) { (bytes) throws(Errno) -> Result in
                    try unsafe open(bytes.pointer)
                }
            } catch {
                guard error == .tooManyLinks else { throw error }
            }
        }
        throw .tooManyLinks
    }

    /// Opens what a path leads to, all links followed.
    func openResolved(
        _ path: UnsafePointer<CChar>, flags: CInt, mode: UInt16 = 0
    ) throws(Errno) -> Descriptor {
        try unsafe following(path, last: true) { (path) throws(Errno) -> Descriptor in
            try unsafe openWithoutLinks(beneath: root.rawValue, path, flags: flags, mode: mode)
        }
    }

    /// Opens what a path leads to as a mere place.
    func openPlaceResolved(
        _ path: UnsafePointer<CChar>, followLast: Bool, flags: CInt = 0
    ) throws(Errno) -> Descriptor {
        try unsafe following(path, last: followLast) { (path) throws(Errno) -> Descriptor in
            let last = followLast ? 0 : O_NOFOLLOW
            return try unsafe openPlace(beneath: root.rawValue, path, flags: flags | last)
        }
    }
}
