/// Something that a client did to a file, reported once it succeeded (and, where asked for, is durable).
public struct FileEvent: Equatable, Sendable {
    /// What happened.
    public enum Kind: UInt8, Sendable, CaseIterable {
        /// A file that was made, emptied, written or cut was closed; ``FileEvent/sizeBytes`` is its size.
        case closedAfterWrite = 1
        /// A file was closed that was only read; ``FileEvent/sizeBytes`` is how many bytes were.
        case closedAfterRead = 2
        /// `path` is now `secondPath`.
        case renamed = 3
        /// A file or link was removed.
        case removed = 4
        /// A directory was made.
        case madeDirectory = 5
        /// A directory was removed.
        case removedDirectory = 6
        /// The symbolic link `path` was made; `secondPath` is its content as sent.
        case madeSymbolicLink = 7
        /// `path` is a further name of the file `secondPath`.
        case madeHardLink = 8
        /// Size, permissions or times of `path` were set.
        case attributesChanged = 9
    }

    /// What happened.
    public let kind: Kind
    /// The path as the client named it, made absolute from its home. Any bytes but NUL: escape before showing it.
    public let path: [UInt8]
    /// The second path of those kinds that have one; empty otherwise.
    public let secondPath: [UInt8]
    /// Size in bytes, for the kinds that have one; 0 otherwise.
    public let sizeBytes: UInt64

    init(_ kind: Kind, _ path: [UInt8], _ secondPath: [UInt8] = [], sizeBytes: UInt64 = 0) {
        self.kind = kind
        self.path = path
        self.secondPath = secondPath
        self.sizeBytes = sizeBytes
    }
}

/// Takes the file events of a session.
public protocol FileEventSink: AnyObject {
    /// Called before the request's answer is sent; it must not call the server.
    func record(_ event: FileEvent)
}
