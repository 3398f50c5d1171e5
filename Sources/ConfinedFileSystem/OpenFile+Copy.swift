import CLinux
import Glibc

extension OpenFile {
    /// The buffer of a copy that the kernel can't make by itself.
    private static let copyBufferBytes = 64 * 1024

    /// Copies at most `count` bytes at `offset` to `target` at `targetOffset` (opened for appending: to its end): inside
    /// the kernel where it can (copy_file_range(2)), which shares blocks where the file system can, else through a buffer.
    ///
    /// - Returns: how many bytes were copied, perhaps fewer than asked; 0 is the end of this file.
    /// - Throws: what stopped it; some of the bytes may have been written.
    public func copy(
        upTo count: Int, at offset: UInt64, to target: borrowing OpenFile, at targetOffset: UInt64
    ) throws(Errno) -> Int {
        guard let from = off_t(exactly: offset) else { throw .invalidArgument }
        // Whatever the kernel says, reading and writing decide: they answer for a real fault again, and for what only
        // this call can't do (EXDEV, EINVAL, ENOSYS, EOPNOTSUPP, EBADF of a file opened for appending) they do it. An end
        // that only this call sees, which some file systems had, is no end either.
        if let to = off_t(exactly: targetOffset) {
            let copied = try? retrying {
                clinux_copy_file_range(descriptor.rawValue, Int64(from), target.descriptor.rawValue, Int64(to), count)
            }
            if let copied, copied > 0 { return copied }
        }
        let room = min(count, Self.copyBufferBytes)
        return try withUnsafeTemporaryAllocation(byteCount: room, alignment: 16) { (buffer) throws(Errno) -> Int in
            let read = try unsafe self.read(into: buffer, at: offset)
            let bytes = unsafe RawSpan(_unsafeBytes: UnsafeRawBufferPointer(rebasing: buffer[..<read]))
            if read > 0 { try target.write(bytes, at: targetOffset) }
            return read
        }
    }
}
