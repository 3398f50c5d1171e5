import CLinux
import Glibc
import SSHWire

/// A table in a file in memory, whose descriptor a program that is executed finds open.
enum TableFile {
    /// What this program ends with when it could take the table over: a status that no other program has by chance.
    static let passedStatus: CInt = 85

    /// Writes a table; the caller owns the descriptor. It is read back, so that what can't be read is never handed over.
    static func write(_ table: ListenerTable) throws(TableError) -> CInt {
        var queue = ByteQueue(capacity: 64 << 10)
        table.encode(into: &queue)
        _ = try ListenerTable(decoding: queue.bytes)
        guard queue.count <= ListenerTable.sizeLimit else { throw .unreadable("it has \(queue.count) bytes") }
        let descriptor = clinux_memory_file("berth-sftpd-table")
        guard descriptor >= 0 else { throw .unreadable("memfd_create: \(describe(errno))") }
        while !queue.isEmpty {
            let written = queue.bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            guard written > 0 else {
                let reason = describe(errno)
                close(descriptor)
                throw .unreadable("write: \(reason)")
            }
            queue.consume(written)
        }
        return descriptor
    }

    /// Reads the table and closes its file.
    static func read(_ descriptor: CInt) throws(TableError) -> ListenerTable {
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw .unreadable(describe(errno)) }
        guard (0...ListenerTable.sizeLimit).contains(Int(status.st_size)) else {
            throw .unreadable("it has \(status.st_size) bytes")
        }
        var queue = ByteQueue(capacity: Int(status.st_size))
        while queue.count < Int(status.st_size) {
            let offset = off_t(queue.count)
            let count = queue.append(upTo: Int(status.st_size) - queue.count) {
                // The place in the file is shared with whoever wrote it.
                pread(descriptor, $0.baseAddress, $0.count, offset)
            }
            guard count > 0 else { throw .unreadable("it ends early") }
        }
        return try ListenerTable(decoding: queue.bytes)
    }
}
