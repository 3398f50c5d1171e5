import CLinux
import Glibc

/// The entries of an open directory, one after the other, in memory that does not grow with the directory.
///
/// A directory that somebody moved out of the confinement has none: what others put into it there is not ours to see.
public struct DirectoryStream: ~Copyable {
    /// Bytes read from the kernel at once: the entries of one reply or two, since the first reply waits for all of them.
    private static let bufferBytes = 8 * 1024

    private let descriptor: Descriptor
    private let root: FileStatus
    /// What `..` is shown as.
    private var parent: FileStatus?
    private let buffer: UnsafeMutableRawBufferPointer
    private var position = 0
    private var filled = 0

    /// The entries of `descriptor`, a directory at or beneath the one that `root` describes.
    init(_ descriptor: consuming Descriptor, root: FileStatus) {
        self.descriptor = descriptor
        self.root = root
        buffer = .allocate(byteCount: Self.bufferBytes, alignment: 8)
    }

    deinit {
        buffer.deallocate()
    }

    /// Hands the next entry's name and lstat(2) result to `body`; false at the end.
    ///
    /// The reserved name `.berth` is passed over, and so is an entry that can't be looked at (it may be gone again). The
    /// root's `..` is the root itself.
    public mutating func next(_ body: (RawSpan, FileStatus) -> Void) throws(Errno) -> Bool {
        while try fill() {
            let record = unsafe UnsafeRawBufferPointer(rebasing: buffer[position..<filled])
            // struct linux_dirent64: d_ino and d_off (8 bytes each), d_reclen (2), d_type (1), then the name.
            let nameOffset = 19
            let length = unsafe Int(record.loadUnaligned(fromByteOffset: 16, as: UInt16.self))
            position += max(length, nameOffset)
            guard length > nameOffset, length <= record.count, let base = record.baseAddress else { continue }
            let start = unsafe base + nameOffset
            let name = unsafe start.assumingMemoryBound(to: CChar.self)
            let bytes = unsafe RawSpan(_unsafeStart: start, byteCount: strnlen(name, length - nameOffset))
            guard !isReserved(bytes), let status = unsafe lookAt(name) else { continue }
            body(bytes, status)
            return true
        }
        return false
    }

    private func lookAt(_ name: UnsafePointer<CChar>) -> FileStatus? {
        if unsafe strcmp(name, "..") == 0 { return parent }
        return try? unsafe ConfinedFileSystem.status(of: name, in: descriptor.rawValue)
    }

    /// Makes sure that there is an entry in the buffer; false at the end.
    private mutating func fill() throws(Errno) -> Bool {
        if position < filled { return true }
        position = 0
        filled = 0
        parent = statusOfParent()
        guard parent != nil else { return false }
        do {
            filled = try retrying { unsafe clinux_getdents64(descriptor.rawValue, buffer.baseAddress, buffer.count) }
        } catch {
            // A directory that was removed meanwhile has no entries left.
            guard error == .noSuchFile else { throw error }
        }
        return filled > 0
    }

    /// What the directory above is (above the root: the root itself); nil when the way up does not lead to the root.
    private func statusOfParent() -> FileStatus? {
        guard let own = try? status() else { return nil }
        if own.isSameFile(as: root) { return own }
        guard let parent = try? openParent(of: descriptor.rawValue),
            let found = try? ConfinedFileSystem.status(ofDescriptor: parent.rawValue)
        else { return nil }
        return leadsToRoot(parent, found) ? found : nil
    }

    /// Whether the way up from `place`, which `status` describes, leads to the root.
    private func leadsToRoot(_ place: consuming Descriptor, _ status: FileStatus) -> Bool {
        var status = status
        for _ in 0..<PathLimit.bytes {
            if status.isSameFile(as: root) { return true }
            guard let parent = try? openParent(of: place.rawValue),
                let next = try? ConfinedFileSystem.status(ofDescriptor: parent.rawValue),
                !next.isSameFile(as: status)
            else { return false }
            status = next
            place = consume parent
        }
        return false
    }

    /// What fstat(2) says of the directory.
    public func status() throws(Errno) -> FileStatus {
        try ConfinedFileSystem.status(ofDescriptor: descriptor.rawValue)
    }
}
