import ConfinedFileSystem

/// A directory that a client is listing.
final class DirectoryHandle {
    /// The path as the client named it.
    let path: [UInt8]
    var stream: DirectoryStream
    /// Whether entries were sent.
    var isBegun = false

    init(_ stream: consuming DirectoryStream, path: [UInt8]) {
        self.stream = consume stream
        self.path = path
    }
}
