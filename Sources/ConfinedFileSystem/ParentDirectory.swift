import Glibc

/// The directory that a name is in, held open; the confinement's root is borrowed, not opened again.
struct ParentDirectory: ~Copyable, Sendable {
    private let owned: Descriptor?
    let rawValue: CInt

    /// The root itself. It must outlive this value.
    init(root: CInt) {
        owned = nil
        rawValue = root
    }

    init(_ descriptor: consuming Descriptor) {
        rawValue = descriptor.rawValue
        owned = consume descriptor
    }

    /// Makes the names in the directory durable.
    func sync() throws(Errno) {
        try syncDirectory(rawValue)
    }
}

extension ConfinedDirectory {
    /// Opens the directory of a path's last component and hands both to `body`.
    ///
    /// - Parameter durably: whether it will be synced: then it is opened for reading if its mode lets us.
    func withParent<Result: ~Copyable>(
        of path: RawSpan, durably: Bool,
        _ body: (consuming ParentDirectory, SplitPath) throws(Errno) -> Result
    ) throws(Errno) -> Result {
        try withPath(path) { (bytes) throws(Errno) -> Result in
            let split = SplitPath(bytes)
            return try body(try openParent(split, durably: durably), split)
        }
    }

    private func openParent(_ split: SplitPath, durably: Bool) throws(Errno) -> ParentDirectory {
        guard let parent = unsafe split.parent else { return ParentDirectory(root: root.rawValue) }
        if durably {
            do {
                return ParentDirectory(try unsafe openResolved(parent, flags: O_RDONLY | O_DIRECTORY))
            } catch {
                // Writable but not readable: good enough to make names in it.
                guard error == .accessDenied else { throw error }
            }
        }
        return ParentDirectory(try unsafe openPlaceResolved(parent, followLast: true, flags: O_DIRECTORY))
    }
}
