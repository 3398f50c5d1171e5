import Glibc

/// The directory of the server's host keys, with OpenSSH's file names (`ssh_host_ed25519_key`, …), so that the keys of a
/// server that is replaced can be copied there as they are.
public struct HostKeyDirectory: Sendable {
    /// Where it is.
    public let path: String

    /// The directory at `path`.
    public init(path: String) {
        self.path = path
    }

    /// Whether it holds no key of any kind.
    public func isEmpty() throws(SSHError) -> Bool {
        for kind in HostKey.Kind.allCases where try exists(kind) { return false }
        return true
    }

    /// Makes the directory (0700) with one key of each kind (0600). All of them are on disk when the directory appears
    /// under its name: a crash meanwhile leaves none, and never only some.
    public func generate() throws(SSHError) {
        let staging = HostKeyDirectory(path: path + ".new")
        for kind in HostKey.Kind.allCases { unlink(staging.filePath(kind)) }
        if mkdir(staging.path, 0o700) != 0, errno != EEXIST { throw systemError("mkdir", staging.path) }
        for kind in HostKey.Kind.allCases {
            try staging.store(HostKey(generating: kind))
        }
        try sync(staging.path)
        // An empty directory in its place is replaced.
        if rename(staging.path, path) == 0 { return try sync(path + "/..") }
        // A mount point, a link, or a directory with something else in it: the keys go in one by one, the last one first,
        // since those that are there decide whether keys are made at all.
        guard [EBUSY, ENOTDIR, ENOTEMPTY, EEXIST].contains(errno) else { throw systemError("rename", path) }
        for kind in HostKey.Kind.allCases.reversed() {
            guard rename(staging.filePath(kind), filePath(kind)) == 0 else {
                throw systemError("rename", filePath(kind))
            }
        }
        rmdir(staging.path)
        try sync(path)
    }

    /// Reads the key of a kind.
    ///
    /// - Returns: nil when there is no file for it.
    /// - Throws: when the file is readable or writable by others, or not a private key.
    public func load(_ kind: HostKey.Kind) throws(SSHError) -> HostKey? {
        guard try exists(kind) else { return nil }
        let file = filePath(kind)
        var status = stat()
        guard stat(file, &status) == 0 else { throw systemError("stat", file) }
        guard status.st_mode & 0o077 == 0 else {
            throw SSHError(
                operation: "host key \(file)", code: 0, text: "is open to other users of this host: chmod 600 it")
        }
        return try HostKey(kind: kind, path: file)
    }

    /// The names of files that look like host keys but are of kinds that no server here has, such as DSA: they are left
    /// alone.
    public func filesPassedOver() -> [String] {
        guard let directory = opendir(path) else { return [] }
        defer { closedir(directory) }
        let known = HostKey.Kind.allCases.map(\.fileName)
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name.hasPrefix("ssh_host_"), name.hasSuffix("key"), !known.contains(name) { names.append(name) }
        }
        return names.sorted()
    }

    /// Where the keys of all kinds are, or would be.
    public var filePaths: [String] { HostKey.Kind.allCases.map(filePath) }

    private func filePath(_ kind: HostKey.Kind) -> String { path + "/" + kind.fileName }

    private func exists(_ kind: HostKey.Kind) throws(SSHError) -> Bool {
        let file = filePath(kind)
        if access(file, F_OK) == 0 { return true }
        guard errno == ENOENT else { throw systemError("access", file) }
        return false
    }

    private func store(_ key: borrowing HostKey) throws(SSHError) {
        let target = filePath(key.kind)
        let temporary = target + ".new"
        unlink(temporary)
        let file = creat(temporary, 0o600)
        guard file >= 0 else { throw systemError("open", temporary) }
        do throws(SSHError) {
            try key.withPrivateText { text throws(SSHError) in
                var rest = text[...]
                while !rest.isEmpty {
                    let written = write(file, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
                    guard written > 0 else { throw systemError("write", temporary) }
                    rest = rest.dropFirst(written)
                }
            }
            guard fsync(file) == 0 else { throw systemError("fsync", temporary) }
            guard rename(temporary, target) == 0 else { throw systemError("rename", target) }
        } catch {
            close(file)
            unlink(temporary)
            throw error
        }
        close(file)
    }

    private func sync(_ path: String) throws(SSHError) {
        let directory = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard directory >= 0 else { throw systemError("open", path) }
        defer { close(directory) }
        guard fsync(directory) == 0 else { throw systemError("fsync", path) }
    }

    private func systemError(_ call: String, _ path: String) -> SSHError {
        let code = errno
        return SSHError(operation: "\(call) \(path)", code: Int(code), text: String(cString: strerror(code)))
    }
}
