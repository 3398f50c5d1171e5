import ConfinedFileSystem
import SSHWire

/// A file that a client holds open.
final class FileHandle {
    /// The path as the client named it.
    let path: [UInt8]
    let flags: OpenOptions
    private(set) var bytesRead: UInt64 = 0
    private(set) var bytesWritten: UInt64 = 0
    /// Whether content or size changed through this handle.
    private(set) var isChanged: Bool
    /// Whether a WRITE failed for a reason that may pass: what comes behind it must not leave a gap in the file. OpenSSH's
    /// client looks at the last answer alone, and takes an upload with such a gap for whole.
    var isBroken = false
    private var file: OpenFile?

    init(_ file: consuming OpenFile, path: [UInt8], flags: OpenOptions) {
        isChanged = file.wasMade || flags.contains(.truncate)
        self.file = consume file
        self.path = path
        self.flags = flags
    }

    func read(into buffer: UnsafeMutableRawBufferPointer, at offset: UInt64) throws(Errno) -> Int {
        let count = try withFile { (file) throws(Errno) -> Int in try unsafe file.read(into: buffer, at: offset) }
        bytesRead &+= UInt64(count)
        return count
    }

    /// Writes all of it. In append mode the offset means nothing, not even when no file could have it.
    func write(_ data: RawSpan, at offset: UInt64) throws(Errno) {
        isChanged = true
        try withFile { (file) throws(Errno) in
            try file.write(data, at: flags.contains(.append) ? 0 : offset)
        }
        bytesWritten &+= UInt64(data.byteCount)
    }

    /// Copies at most `count` bytes to another file; 0 is the end of this one.
    func copy(
        upTo count: Int, at offset: UInt64, to target: FileHandle, at targetOffset: UInt64
    ) throws(Errno) -> Int {
        target.isChanged = true
        let copied = try withFile { (source) throws(Errno) -> Int in
            try target.withFile { (file) throws(Errno) -> Int in
                try source.copy(
                    upTo: count, at: offset, to: file, at: target.flags.contains(.append) ? 0 : targetOffset)
            }
        }
        bytesRead &+= UInt64(copied)
        target.bytesWritten &+= UInt64(copied)
        return copied
    }

    func setAttributes(_ changes: AttributeChanges) throws(Errno) {
        if changes.sizeBytes != nil { isChanged = true }
        try withFile { (file) throws(Errno) in try file.setAttributes(changes) }
    }

    func withFile<Result>(_ body: (borrowing OpenFile) throws(Errno) -> Result) throws(Errno) -> Result {
        switch file {
        case .some(let file): return try body(file)
        case .none: throw .badDescriptor
        }
    }

    func close() throws(Errno) {
        guard let file = file.take() else { throw .badDescriptor }
        try file.close()
    }
}
