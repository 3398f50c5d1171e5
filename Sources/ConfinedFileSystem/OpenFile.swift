import Glibc

/// A file that was opened in a ``ConfinedDirectory``, which must outlive it.
public struct OpenFile: ~Copyable, Sendable {
    let descriptor: Descriptor
    /// The directory in which opening the file made it; nil for a file that was there.
    private let madeIn: ParentDirectory?

    /// Whether opening made the file.
    public let wasMade: Bool

    init(made descriptor: consuming Descriptor, in parent: consuming ParentDirectory) {
        self.descriptor = descriptor
        madeIn = consume parent
        wasMade = true
    }

    /// Takes what was opened if it is a regular file; closes it otherwise.
    init(existing descriptor: consuming Descriptor, isDirectoryAllowed: Bool) throws(Errno) {
        switch try ConfinedFileSystem.status(ofDescriptor: descriptor.rawValue).kind {
        case .regular: break
        case .directory: guard isDirectoryAllowed else { throw .isDirectory }
        case .symbolicLink, .other: throw .notRegularFile
        }
        self.descriptor = descriptor
        madeIn = nil
        wasMade = false
    }

    /// Reads at most a buffer's worth from `offset` on; 0 is the end of the file.
    public func read(into buffer: UnsafeMutableRawBufferPointer, at offset: UInt64) throws(Errno) -> Int {
        guard let position = off_t(exactly: offset) else { throw .invalidArgument }
        return try retrying { unsafe pread(descriptor.rawValue, buffer.baseAddress, buffer.count, position) }
    }

    /// Writes all of `bytes` at `offset` (in a file opened for appending: at its end).
    ///
    /// - Throws: what stopped it; some of the bytes may have been written.
    public func write(_ bytes: RawSpan, at offset: UInt64) throws(Errno) {
        guard var position = off_t(exactly: offset) else { throw .invalidArgument }
        var rest = bytes
        repeat {
            let written = try writeOnce(rest, at: position)
            guard written > 0 || rest.isEmpty else { throw .inputOutput }
            rest = rest.extracting(droppingFirst: written)
            let (next, overflow) = position.addingReportingOverflow(off_t(written))
            guard !overflow else { throw .invalidArgument }
            position = next
        } while !rest.isEmpty
    }

    private func writeOnce(_ bytes: RawSpan, at position: off_t) throws(Errno) -> Int {
        try unsafe bytes.withUnsafeBytes { (buffer) throws(Errno) -> Int in
            try retrying { unsafe pwrite(descriptor.rawValue, buffer.baseAddress, buffer.count, position) }
        }
    }

    /// What fstat(2) says.
    public func status() throws(Errno) -> FileStatus {
        try ConfinedFileSystem.status(ofDescriptor: descriptor.rawValue)
    }

    /// The file system that the file is on.
    public func fileSystemStatus() throws(Errno) -> FileSystemStatus {
        try FileSystemStatus(ofDescriptor: descriptor.rawValue)
    }

    /// Changes size, permissions and times, in that order; each is tried even when one before it failed.
    ///
    /// - Throws: the last failure.
    public func setAttributes(_ changes: AttributeChanges) throws(Errno) {
        var failure: Errno?
        if let size = changes.sizeBytes {
            record(&failure) { () throws(Errno) in
                guard let length = off_t(exactly: size) else { throw .invalidArgument }
                _ = try retrying { ftruncate(descriptor.rawValue, length) }
            }
        }
        if let mode = changes.mode {
            record(&failure) { () throws(Errno) in
                let mode = permissions(mode, of: try status())
                _ = try retrying { fchmod(descriptor.rawValue, mode) }
            }
        }
        if let times = changes.times {
            record(&failure) { () throws(Errno) in try setTimes(times, ofDescriptor: descriptor.rawValue, "") }
        }
        if let failure { throw failure }
    }

    /// Makes the file's content durable, and its name too when opening made it.
    public func sync() throws(Errno) {
        try syncFile(descriptor.rawValue)
        if madeIn != nil { try syncName() }
    }

    private func syncName() throws(Errno) {
        switch madeIn {
        case .some(let parent): try parent.sync()
        case .none: break
        }
    }

    /// Closes the file and says how that went.
    public consuming func close() throws(Errno) {
        try descriptor.close()
    }
}
