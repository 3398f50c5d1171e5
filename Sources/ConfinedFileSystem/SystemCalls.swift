import CLinux
import Glibc

// The module's calls into the kernel that need more than their name: repeated when a signal interrupts, opened with the
// flags of the confinement, synced with the way out for file systems that can't sync a directory.

/// Makes a call until no signal interrupts it; a result below zero is an error.
@inline(__always)
func retrying<Result: SignedInteger>(_ call: () -> Result) throws(Errno) -> Result {
    while true {
        let result = call()
        if result >= 0 { return result }
        let error = Errno.current
        guard error == .interrupted else { throw error }
    }
}

/// How often an openat2 that a rename on the host disturbed, or a path whose links change meanwhile, is tried.
let resolutionAttemptsMax = 32

/// Opens `path` beneath `directory`, meeting no symbolic link on the way (ELOOP otherwise).
///
/// The one door to open files in this module. Terminals never become ours and FIFOs never make us wait.
func openWithoutLinks(
    beneath directory: CInt, _ path: UnsafePointer<CChar>, flags: CInt, mode: UInt16 = 0
) throws(Errno) -> Descriptor {
    let common = O_CLOEXEC | O_NOCTTY | O_NONBLOCK
    return try openBeneath(directory, path, flags: UInt64(UInt32(bitPattern: flags | common)), mode: mode)
}

/// Opens `path` beneath `directory` as a mere place (O_PATH), the last component itself when it is a symbolic link.
func openPlace(
    beneath directory: CInt, _ path: UnsafePointer<CChar>, flags: CInt = 0
) throws(Errno) -> Descriptor {
    try openBeneath(directory, path, flags: clinux_O_PATH | UInt64(UInt32(bitPattern: flags | O_CLOEXEC)), mode: 0)
}

private func openBeneath(
    _ directory: CInt, _ path: UnsafePointer<CChar>, flags: UInt64, mode: UInt16
) throws(Errno) -> Descriptor {
    // The other two each stop magic links by themselves; openat2(2) asks for the third by name all the same, since what
    // RESOLVE_IN_ROOT does with them may change.
    let resolve = clinux_RESOLVE_IN_ROOT | clinux_RESOLVE_NO_MAGICLINKS | clinux_RESOLVE_NO_SYMLINKS
    for _ in 0..<resolutionAttemptsMax {
        do {
            let descriptor = try retrying { unsafe clinux_openat2(directory, path, flags, UInt64(mode), resolve) }
            return Descriptor(owning: descriptor)
        } catch {
            // With ".." in the path any rename on the host can make the kernel unsure: it asks to try again.
            guard error == .again else { throw error }
        }
    }
    throw .again
}

/// Opens the directory above `directory` as a mere place, wherever that is: only to look which directory it is.
func openParent(of directory: CInt) throws(Errno) -> Descriptor {
    Descriptor(owning: try retrying { clinux_open_parent(directory) })
}

/// What fstat(2) says of an open descriptor (O_PATH included).
func status(ofDescriptor descriptor: CInt) throws(Errno) -> FileStatus {
    var status = stat()
    _ = try retrying { unsafe fstat(descriptor, &status) }
    return FileStatus(status)
}

/// What fstatat(2) says of `name` in `directory`, of a symbolic link itself. `name` is one component and not "..".
func status(of name: UnsafePointer<CChar>, in directory: CInt) throws(Errno) -> FileStatus {
    var status = stat()
    _ = try retrying { unsafe fstatat(directory, name, &status, AT_SYMLINK_NOFOLLOW) }
    return FileStatus(status)
}

/// Where the symbolic link `name` in `directory` points (`name` empty: the link that `directory` is).
func linkTarget(of name: UnsafePointer<CChar>, in directory: CInt) throws(Errno) -> [UInt8] {
    var failure: Errno?
    let target = [UInt8](unsafeUninitializedCapacity: PathLimit.bytes) { buffer, count in
        count = 0
        guard let start = buffer.baseAddress else { return }
        let length = unsafe start.withMemoryRebound(to: CChar.self, capacity: buffer.count) {
            unsafe readlinkat(directory, name, $0, buffer.count)
        }
        if length < 0 { failure = .current } else { count = length }
    }
    if let failure { throw failure }
    return target
}

/// Makes what was written to a file durable.
func syncFile(_ descriptor: CInt) throws(Errno) {
    do {
        _ = try retrying { fsync(descriptor) }
    } catch {
        throw syncFailure(error)
    }
}

/// Makes the names in a directory durable. `directory` may be a mere place, which fsync(2) can't take.
func syncDirectory(_ directory: CInt) throws(Errno) {
    do {
        _ = try retrying { fsync(directory) }
    } catch {
        switch error {
        case .badDescriptor: try syncPlace(directory)
        // Some file systems have no fsync for directories: then everything on them is synced.
        case .invalidArgument, .notSupported: try syncFileSystem(of: directory)
        default: throw syncFailure(error)
        }
    }
}

/// A place is opened for reading first; where its mode forbids that, the whole file system is synced.
private func syncPlace(_ directory: CInt) throws(Errno) {
    do {
        let readable = try openWithoutLinks(beneath: directory, ".", flags: O_RDONLY | O_DIRECTORY)
        _ = try retrying { fsync(readable.rawValue) }
    } catch {
        guard error == .accessDenied || error == .invalidArgument else { throw syncFailure(error) }
        try syncFileSystem(of: directory)
    }
}

private func syncFileSystem(of descriptor: CInt) throws(Errno) {
    do {
        _ = try retrying { clinux_syncfs(descriptor) }
    } catch {
        throw syncFailure(error)
    }
}

/// Whatever the number, a failed sync means that data is not durable: only what a person can act on keeps its name.
private func syncFailure(_ error: Errno) -> Errno {
    error == .noSpace || error == .quotaExceeded ? error : .inputOutput
}
