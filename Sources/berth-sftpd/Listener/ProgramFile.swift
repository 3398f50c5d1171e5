import CLinux
import Glibc

/// The program by the path that it was started from. An upgrade puts another file there, while /proc/self/exe goes on
/// being the old one.
struct ProgramFile {
    /// Absolute.
    let path: String

    /// What tells one file from another that takes its place.
    struct Identity: Equatable {
        let device: UInt64
        let inode: UInt64
        let size: Int64
        let changedSeconds: Int
        let changedNanoseconds: Int
    }

    init(path: String) {
        self.path = path
    }

    /// The program that runs.
    static func running() -> ProgramFile {
        guard let executed = clinux_executed_path() else { return ProgramFile(path: "/proc/self/exe") }
        let path = String(cString: executed)
        guard !path.utf8.starts(with: "/".utf8), let directory = getcwd(nil, 0) else { return ProgramFile(path: path) }
        defer { free(directory) }
        return ProgramFile(path: "\(String(cString: directory))/\(path)")
    }

    /// The file that is there now; nil when there is none.
    var identity: Identity? {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        return Identity(
            device: UInt64(status.st_dev), inode: UInt64(status.st_ino), size: Int64(status.st_size),
            changedSeconds: status.st_ctim.tv_sec, changedNanoseconds: status.st_ctim.tv_nsec)
    }

    /// Executes the program in the place of this one, with the same environment. Returns only when that fails, with errno(3)
    /// saying why.
    func execute(_ arguments: [String]) {
        var argv: [UnsafeMutablePointer<CChar>?] = ([path] + arguments).map { strdup($0) } + [nil]
        execv(path, &argv)
        let reason = errno
        for argument in argv { free(argument) }
        errno = reason
    }
}
