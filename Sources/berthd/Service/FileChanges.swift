import Glibc

/// Notices that files are others than before, and waits until they stay so: a certificate and its key are not put in place
/// in one step. Pure but for ``FileIdentity``.
struct FileChanges {
    private var used: [FileIdentity]
    private var pending: [FileIdentity]?

    init(used: [FileIdentity]) {
        self.used = used
    }

    /// Whether the files, as they are now, differ from those that were used last and were the same at the last look.
    mutating func isDue(_ files: [FileIdentity]) -> Bool {
        guard files != used else {
            pending = nil
            return false
        }
        defer { pending = files }
        return pending == files
    }

    /// The files are used, or were found to be unusable.
    mutating func use(_ files: [FileIdentity]) {
        used = files
        pending = nil
    }
}

/// What changes when a file is replaced, written, or given another owner or mode; of a symbolic link, that of what it leads
/// to.
struct FileIdentity: Equatable {
    private var numbers: [Int] = []

    /// A file that is missing is equal to every other that is.
    init(path: String) {
        var status = stat()
        guard stat(path, &status) == 0 else { return }
        numbers = [
            Int(bitPattern: UInt(status.st_dev)), Int(bitPattern: UInt(status.st_ino)), Int(status.st_size),
            status.st_mtim.tv_sec, status.st_mtim.tv_nsec, status.st_ctim.tv_sec, status.st_ctim.tv_nsec,
        ]
    }
}
