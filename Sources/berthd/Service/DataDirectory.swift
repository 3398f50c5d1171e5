import Foundation
import Glibc

/// The data directory, made where it is missing and locked for as long as this value lives: one daemon at a time.
struct DataDirectory: ~Copyable {
    private let descriptor: CInt

    /// Makes the directory, and `buckets` in it, and locks it (flock(2)).
    ///
    /// - Parameter isShared: whether programs of a group work on the buckets: then others may pass through the directory,
    ///   though not list it.
    init(path: String, isShared: Bool) throws(StartFailure) {
        let mode: mode_t = isShared ? 0o711 : 0o700
        try Self.makeDirectories(path + "/buckets", mode: mode)
        // The umask took from the mode, and the directories may be from before they were shared.
        if isShared {
            for directory in [path, path + "/buckets"] {
                var status = stat()
                guard stat(directory, &status) == 0 else { throw Self.failure("look at", directory) }
                guard status.st_mode & 0o011 != 0o011 else { continue }
                guard chmod(directory, status.st_mode & 0o7777 | 0o011) == 0 else {
                    throw Self.failure("change the mode of", directory)
                }
            }
        }
        descriptor = try Self.lock(path)
    }

    private static func lock(_ path: String) throws(StartFailure) -> CInt {
        let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure("open", path) }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            let isTaken = errno == EWOULDBLOCK
            let failure = failure("lock", path)
            close(descriptor)
            throw isTaken
                ? StartFailure(description: "another berthd is running on the data directory \(path)") : failure
        }
        return descriptor
    }

    deinit {
        close(descriptor)
    }

    private static func makeDirectories(_ path: String, mode: mode_t) throws(StartFailure) {
        var made = "/"
        for component in path.split(separator: "/") {
            let parent = made
            made += (made == "/" ? "" : "/") + component
            if mkdir(made, mode) == 0 {
                try sync(parent)
            } else if errno != EEXIST {
                throw failure("make", made)
            }
        }
    }

    private static func sync(_ path: String) throws(StartFailure) {
        let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure("open", path) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw failure("sync", path) }
    }

    private static func failure(_ operation: String, _ path: String) -> StartFailure {
        StartFailure(description: "can't \(operation) \(path): \(String(cString: strerror(errno)))")
    }
}
