import Foundation
import Glibc

/// The database file before SQLite opens it.
enum RegistryFile {
    /// Makes an empty file at `path` if there is none, readable by its owner alone, and makes its name durable.
    ///
    /// SQLite would make it by the umask, and gives `-wal` and `-shm` the mode and the owner of the database.
    /// A file made by root gets the owner of its directory: `sudo berthd api-key create` before the first start must
    /// not lock the service out.
    static func prepare(path: String) throws(RegistryError) {
        let descriptor = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
        if descriptor < 0 {
            guard errno == EEXIST else { throw failure(path) }
            // Not through a descriptor: closing one would drop the locks that this process may hold on the file.
            for suffix in ["", "-wal", "-shm"] where chmod(path + suffix, 0o600) != 0 {
                // Another owner's file that we may use (root, say) is fine; a missing -wal too.
                guard errno == ENOENT || errno == EPERM || errno == EROFS else { throw failure(path + suffix) }
            }
            return
        }
        defer { close(descriptor) }
        let directory = (path as NSString).deletingLastPathComponent
        let parent = open(directory.isEmpty ? "." : directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard parent >= 0 else { throw failure(path) }
        defer { close(parent) }
        if geteuid() == 0 {
            var status = stat()
            guard fstat(parent, &status) == 0, fchown(descriptor, status.st_uid, status.st_gid) == 0 else {
                throw failure(path)
            }
        }
        guard fsync(descriptor) == 0, fsync(parent) == 0 else { throw failure(path) }
    }

    private static func failure(_ path: String) -> RegistryError {
        .unopenable(path: path, reason: String(cString: strerror(errno)))
    }
}
