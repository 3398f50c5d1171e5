import Foundation
import Glibc

/// Each write to a file, as the kernel tells it (inotify(7)): one that a look at size and times would miss, too.
final class WriteWatch {
    private let descriptor: CInt

    /// A watch on the file at `path`, from now on.
    init(_ path: String) throws {
        descriptor = inotify_init1(CInt(IN_NONBLOCK) | CInt(IN_CLOEXEC))
        guard descriptor >= 0, inotify_add_watch(descriptor, path, UInt32(IN_MODIFY | IN_ATTRIB)) >= 0 else {
            throw POSIXError(.EMFILE)
        }
    }

    deinit { close(descriptor) }

    /// How many events there were since the last look. Those that are alike and follow each other unread count once.
    func events() -> Int {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        var count = 0
        while true {
            let bytes = read(descriptor, &buffer, buffer.count)
            if bytes < 0, errno == EINTR { continue }
            guard bytes > 0 else { return count }
            // Those of a file have no name behind them.
            count += bytes / MemoryLayout<inotify_event>.size
        }
    }
}

/// What a look at a file shows of its content without reading it.
struct FileLook: Equatable {
    let size: off_t, modified: [Int], changed: [Int]

    init(_ path: String) throws {
        var status = stat()
        guard stat(path, &status) == 0 else { throw POSIXError(.ENOENT) }
        size = status.st_size
        modified = [status.st_mtim.tv_sec, status.st_mtim.tv_nsec]
        changed = [status.st_ctim.tv_sec, status.st_ctim.tv_nsec]
    }
}
