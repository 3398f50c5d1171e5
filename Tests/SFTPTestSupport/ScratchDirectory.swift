import Glibc

/// A directory of a test's own below the system's temporary directory; gone when the value is.
public final class ScratchDirectory {
    /// Its path.
    public let path: String

    /// Makes it.
    public init() {
        let template = (getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp") + "/berth-test-XXXXXX"
        var bytes = template.utf8CString
        path = bytes.withUnsafeMutableBufferPointer { buffer in
            guard let start = buffer.baseAddress, let made = mkdtemp(start) else {
                fatalError("no temporary directory: errno \(errno)")
            }
            return String(cString: made)
        }
    }

    deinit {
        empty()
        rmdir(path)
    }

    /// Removes what is in it, whatever its modes are.
    public func empty() {
        Self.empty(path)
    }

    /// Removes what is in a directory in it.
    public func empty(_ name: String) {
        Self.empty(host(name))
    }

    private static func empty(_ path: String) {
        chmod(path, 0o700)
        let descriptor = Glibc.open(path, O_RDONLY | O_DIRECTORY)
        if descriptor >= 0 { empty(descriptor) }
    }

    /// Names go to the calls as the bytes that they are: a String would mend those that are no UTF-8.
    private static func empty(_ descriptor: CInt) {
        guard let directory = fdopendir(descriptor) else { return }
        defer { closedir(directory) }
        while let entry = readdir(directory) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                bytes.prefix { $0 != 0 }.map { CChar(bitPattern: $0) } + [0]
            }
            guard strcmp(name, ".") != 0, strcmp(name, "..") != 0 else { continue }
            guard unlinkat(descriptor, name, 0) != 0 else { continue }
            fchmodat(descriptor, name, 0o700, 0)
            let child = openat(descriptor, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
            if child >= 0 { empty(child) }
            unlinkat(descriptor, name, AT_REMOVEDIR)
        }
    }

    /// The host's path of a name in it.
    public func host(_ name: String) -> String { path + "/" + name }

    /// Makes a directory.
    public func directory(_ name: String, mode: UInt32 = 0o755) {
        precondition(mkdir(host(name), mode) == 0, "mkdir \(name): errno \(errno)")
        chmod(host(name), mode)
    }

    /// Makes a file.
    public func file(_ name: String, _ content: String = "", mode: UInt32 = 0o644) {
        let descriptor = open(host(name), O_WRONLY | O_CREAT | O_TRUNC, mode)
        precondition(descriptor >= 0, "open \(name): errno \(errno)")
        let bytes = Array(content.utf8)
        precondition(write(descriptor, bytes, bytes.count) == bytes.count)
        close(descriptor)
    }

    /// Makes a symbolic link.
    public func link(_ name: String, to target: String) {
        precondition(symlink(target, host(name)) == 0, "symlink \(name): errno \(errno)")
    }

    /// What is in a file; nil when there is none.
    public func content(_ name: String) -> [UInt8]? {
        let descriptor = open(host(name), O_RDONLY)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var content: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65536)
        while true {
            let count = read(descriptor, &buffer, buffer.count)
            guard count > 0 else { return content }
            content += buffer[..<count]
        }
    }

    /// What lstat(2) says of a name: mode and size; nil when there is none.
    public func status(_ name: String) -> (mode: UInt32, size: Int)? {
        var status = stat()
        guard lstat(host(name), &status) == 0 else { return nil }
        return (status.st_mode, Int(status.st_size))
    }

    /// Whether a name exists (a link itself counts).
    public func exists(_ name: String) -> Bool { status(name) != nil }
}
