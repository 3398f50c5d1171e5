import Glibc

/// The directory that the handler is let loose on: `home`, and beside it things that must stay as they are.
public final class HandlerScratch {
    /// Its path; below it `home` is what a client sees.
    public let path: String
    /// Whether the process opens and closes descriptors in this thread alone, so that leaks can be told.
    private let isAlone: Bool
    /// Bytes that no client must ever see, other ones in each process, so that no input can hold them.
    private let secret: [UInt8]
    private var guarded: [String: stat] = [:]
    private var lowestDescriptor: CInt = -1

    var home: String { path + "/home" }

    /// Makes it in the directory `parent`; it is removed again when the value goes.
    public init(in parent: String, isAlone: Bool) throws {
        self.isAlone = isAlone
        secret = (0..<16).map { _ in UInt8.random(in: 0...255) }
        var template = (parent + "/berth-fuzz-XXXXXX").utf8CString
        let made = template.withUnsafeMutableBufferPointer { buffer in
            buffer.baseAddress.flatMap { mkdtemp($0) }.map { String(cString: $0) }
        }
        guard let made else { throw Finding("no scratch directory in \(parent): errno \(errno)") }
        path = made
        for name in ["home", "canary", "canary/dir", "home/.berth"] { mkdir(path + "/" + name, 0o755) }
        for name in ["canary/secret", "home/.berth/staged"] { Self.write(secret, to: path + "/" + name) }
        try reset()
        for name in ["", "canary", "canary/dir", "canary/secret", "home/.berth", "home/.berth/staged"] {
            guarded[name] = status(name)
        }
    }

    deinit {
        Self.empty(AT_FDCWD, path)
        rmdir(path)
    }

    /// Puts what a session left behind back to what it found.
    func reset() throws {
        Self.empty(AT_FDCWD, home, except: ".berth")
        Self.write(Array("content of a".utf8), to: home + "/a")
        Self.write([UInt8](repeating: 0x62, count: 70_000), to: home + "/b")
        mkdir(home + "/d", 0o755)
        mkdir(home + "/d/e", 0o700)
        Self.write(Array("x".utf8), to: home + "/d/x")
        for (name, target) in [
            ("l", "a"), ("up", ".."), ("loop", "loop"), ("out", "../canary"), ("abs", "/d"), ("dangling", "new"),
            ("tob", "d/../.berth"),
        ] {
            try require(symlink(target, home + "/" + name) == 0, "the scratch directory could not be emptied: \(name)")
        }
        mkfifo(home + "/fifo", 0o644)
    }

    /// To be called before a session, whose end ``check()`` is for.
    func begin() {
        lowestDescriptor = Self.probe()
    }

    /// Checks that nothing outside of the home changed, nor what is reserved in it, and that no descriptor is left open.
    func check() throws {
        // The client may have shut itself out, which is its right.
        chmod(home, 0o755)
        for (name, before) in guarded {
            guard let now = status(name) else { throw Finding("\(path)/\(name) is gone") }
            try require(Self.isSame(now, before), "\(path)/\(name) changed")
        }
        guard isAlone else { return }
        try require(Self.probe() == lowestDescriptor, "a descriptor is left open")
    }

    /// Whether bytes that were sent to a client hold the secret. Compared byte by byte under a mask: a fuzzer that watches
    /// comparisons must not learn it.
    func isSecret(in bytes: [UInt8]) -> Bool {
        let mask: UInt8 = 0xa5
        let first = secret[0] ^ mask
        return bytes.withUnsafeBufferPointer { bytes in
            guard bytes.count >= secret.count else { return false }
            for start in 0...(bytes.count - secret.count) where bytes[start] ^ mask == first {
                if (1..<secret.count).allSatisfy({ bytes[start + $0] ^ mask == secret[$0] ^ mask }) { return true }
            }
            return false
        }
    }

    private func status(_ name: String) -> stat? {
        var status = stat()
        return lstat(path + "/" + name, &status) == 0 ? status : nil
    }

    private static func isSame(_ one: stat, _ other: stat) -> Bool {
        one.st_ino == other.st_ino && one.st_mode == other.st_mode && one.st_nlink == other.st_nlink
            && one.st_uid == other.st_uid && one.st_size == other.st_size
            && one.st_mtim.tv_sec == other.st_mtim.tv_sec && one.st_mtim.tv_nsec == other.st_mtim.tv_nsec
            && one.st_ctim.tv_sec == other.st_ctim.tv_sec && one.st_ctim.tv_nsec == other.st_ctim.tv_nsec
    }

    /// The lowest free descriptor.
    private static func probe() -> CInt {
        let descriptor = Glibc.open("/dev/null", O_RDONLY | O_CLOEXEC)
        close(descriptor)
        return descriptor
    }

    private static func write(_ bytes: [UInt8], to path: String) {
        let descriptor = Glibc.open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        bytes.withUnsafeBytes { _ = Glibc.write(descriptor, $0.baseAddress, $0.count) }
        close(descriptor)
    }

    /// Removes what is in a directory, whatever its modes are and however deep it goes.
    private static func empty(_ parent: CInt, _ name: UnsafePointer<CChar>, except kept: String? = nil) {
        let flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC
        var descriptor = openat(parent, name, flags)
        if descriptor < 0 {
            fchmodat(parent, name, 0o700, 0)
            descriptor = openat(parent, name, flags)
        }
        guard descriptor >= 0 else { return }
        fchmod(descriptor, 0o755)
        guard let directory = fdopendir(descriptor) else {
            close(descriptor)
            return
        }
        defer { closedir(directory) }
        while let entry = readdir(directory) {
            withUnsafePointer(to: &entry.pointee.d_name) { tuple in
                tuple.withMemoryRebound(to: CChar.self, capacity: 256) { child in
                    if strcmp(child, ".") == 0 || strcmp(child, "..") == 0 { return }
                    if let kept, strcmp(child, kept) == 0 { return }
                    guard unlinkat(descriptor, child, 0) != 0 else { return }
                    empty(descriptor, child)
                    unlinkat(descriptor, child, AT_REMOVEDIR)
                }
            }
        }
    }
}
