import Foundation
import Glibc

/// Descriptors that no started program inherits unless it is given them.
package enum Descriptors {
    package static func pipe() throws -> (read: Int32, write: Int32) {
        var ends: [Int32] = [-1, -1]
        guard Glibc.pipe(&ends) == 0 else { throw POSIXError(.EMFILE) }
        for end in ends { closeOnExec(end) }
        return (ends[0], ends[1])
    }

    /// A file without a name that holds `data`, open at its start.
    package static func file(holding data: Data) throws -> Int32 {
        var template = Array("/tmp/berth-input-XXXXXX".utf8CString)
        let descriptor = mkstemp(&template)
        guard descriptor >= 0 else { throw POSIXError(.EMFILE) }
        closeOnExec(descriptor)
        unlink(template)
        _ = data.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
        lseek(descriptor, 0, SEEK_SET)
        return descriptor
    }

    private static func closeOnExec(_ descriptor: Int32) {
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
    }
}
