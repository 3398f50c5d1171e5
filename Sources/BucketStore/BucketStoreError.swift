import ConfinedFileSystem

/// Why the store could not do what was asked.
public struct BucketStoreError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What was tried: `open` or `make`.
    public let operation: String
    /// The path below the directory of the buckets (the host's path, where that directory itself can't be opened).
    public let path: String
    /// What the system said.
    public let reason: Errno

    /// One sentence for an operator.
    public var description: String { "can't \(operation) \(path): \(reason)" }

    /// Whether another try may succeed without anybody's doing: the disk is full or does not answer.
    public var isTransient: Bool { reason == .noSpace || reason == .quotaExceeded || reason == .inputOutput }

    /// Whether something that is no directory, a file or a symbolic link, stands where a directory is needed.
    public var isObstructed: Bool { reason == .notDirectory || reason == .tooManyLinks }
}
