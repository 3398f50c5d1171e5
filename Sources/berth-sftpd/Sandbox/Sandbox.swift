import CLinux
import Glibc

/// What a session gives up, in two steps: before its first byte from the network, and after login.
///
/// Each step only narrows. The descriptors are the listener's, opened before it accepts; a session closes its copies once
/// they are used.
struct Sandbox {
    /// The layers that are applied; the listener found that the kernel has them.
    let layers: [SandboxLayer]
    /// An empty directory that nothing can be made in and that has nothing above it: the root before login. -1 where there
    /// is no such, and so no chroot.
    let emptyRoot: CInt
    /// The directory of the buckets: no file beyond it is in reach even before login.
    let buckets: CInt

    /// Address space of a session in bytes: far above what one needs, far below what would hurt the others.
    static let addressSpaceLimit: UInt64 = 256 << 20
    /// Descriptors of a session: up to two for each of its 1,024 handles, and what it needs by itself.
    static let descriptorLimit: UInt64 = 2 * 1_024 + 64

    /// Confines the process before the first byte is read: nothing on the host can be named any more. From here on its
    /// root is its doorkeeper's, and no system call of its own changes that.
    ///
    /// - Parameters:
    ///   - line: the socket to the broker, which the ``Doorkeeper`` takes over.
    ///   - parent: the process that this one ends with; nil for none.
    /// - Returns: the session's end towards the broker until it is let into a home.
    func enterPreAuthentication(line: CInt, endingWith parent: pid_t? = nil) throws(SandboxError) -> CInt {
        try limitResources()
        try checked("no_new_privs", clinux_no_new_privileges())
        try verifyResolution()
        if layers.contains(.chroot) {
            try verifyEmptyRoot()
            if !clinux_can_chroot() { try checked("user namespace", clinux_enter_user_namespace()) }
            try checked("chroot", clinux_change_root(emptyRoot))
        }
        // Before the doorkeeper is forked: a process can't end with one whose rules let it signal only those that share them.
        if layers.contains(.landlock) { try checked("landlock", clinux_landlock_restrict(buckets)) }
        let control = try Doorkeeper.start(line: line, layers: layers)
        try checked("RLIMIT_NPROC", clinux_limit(CLINUX_PROCESSES, 0))
        try checked("capabilities", clinux_keep_capabilities(0))
        // The kernel forgets this when capabilities grow, as they do in a new user namespace: it comes after that.
        try checked("not dumpable", clinux_not_dumpable())
        // After the capabilities were dropped, which makes the kernel forget it, and before prctl(2) is taken away.
        if let parent { try checked("end with the listener", clinux_end_with_parent(parent)) }
        closeDirectories()
        if layers.contains(.chroot) { try checkedRefusal("chroot", EPERM, chroot(".")) }
        if layers.contains(.seccomp) { try checked("seccomp", clinux_seccomp_before_login()) }
        try verifyBeforeLogin()
        return control
    }

    /// Closes this process's descriptors of both directories.
    func closeDirectories() {
        for descriptor in [emptyRoot, buckets] where descriptor >= 0 { close(descriptor) }
    }

    /// Confines the process to `home`, which its doorkeeper has made the root, and whose descriptor stays the caller's.
    func enterHome(_ home: CInt) throws(SandboxError) {
        if layers.contains(.chroot) {
            let root = openat(home, "/", CInt(truncatingIfNeeded: clinux_O_PATH) | O_CLOEXEC)
            defer { close(root) }
            guard isSame(root, home) else { throw SandboxError(step: "the home is not the root", errno: 0) }
        }
        // A place beyond the home, which must open nothing once the process is inside. In a root there is none.
        let beyond = layers.contains(.chroot) ? -1 : clinux_open_parent(home)
        defer { if beyond >= 0 { close(beyond) } }
        if layers.contains(.landlock) { try checked("landlock", clinux_landlock_restrict(home)) }
        if layers.contains(.seccomp) { try checked("seccomp", clinux_seccomp_after_login()) }
        if layers.contains(.landlock), beyond >= 0 {
            try checkedRefusal("landlock after login", EACCES, openat(beyond, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC))
        }
        if layers.contains(.seccomp) { try checkedRefusal("seccomp after login", EPERM, clinux_seccomp_after_login()) }
    }

    /// Asks the kernel for each layer, by what must fail now.
    private func verifyBeforeLogin() throws(SandboxError) {
        if layers.contains(.chroot) {
            try checkedRefusal("chroot", ENOENT, openat(Self.none, "/etc", O_RDONLY | O_CLOEXEC))
        }
        // Neither the empty root nor the host's lies beneath the buckets.
        if layers.contains(.landlock) {
            try checkedRefusal("landlock", EACCES, openat(Self.none, "/", O_RDONLY | O_DIRECTORY | O_CLOEXEC))
        }
        if layers.contains(.seccomp) {
            try checkedRefusal("seccomp", EPERM, socket(AF_UNIX, CInt(SOCK_STREAM.rawValue), 0))
            try checkedRefusal("seccomp of the working directory", EPERM, openat(AT_FDCWD, ".", O_RDONLY | O_CLOEXEC))
        }
    }

    /// In the place of a directory's descriptor: an absolute path needs none, and the working directory is refused.
    private static let none: CInt = -1

    /// More than any host makes necessary that does anything else.
    private static let resolutionTries = 10_000

    /// Asked while `..` still leads somewhere.
    private func verifyResolution() throws(SandboxError) {
        guard layers.contains(.openat2) else { return }
        // A rename or a mount anywhere on the host, meanwhile, makes the kernel ask for another try (openat2(2), EAGAIN).
        var above: CInt
        var triesLeft = Self.resolutionTries
        repeat {
            above = clinux_openat2(buckets, "..", clinux_O_PATH | UInt64(O_CLOEXEC), 0, clinux_RESOLVE_IN_ROOT)
            triesLeft -= 1
        } while above < 0 && errno == EAGAIN && triesLeft > 0
        defer { if above >= 0 { close(above) } }
        guard above >= 0, isSame(above, buckets) else {
            throw SandboxError(step: "openat2 is not in force", errno: errno)
        }
    }

    /// Asked while it is not the root yet, of which `..` never leads anywhere: code that keeps a descriptor of it must not
    /// climb from there once the home is the root.
    private func verifyEmptyRoot() throws(SandboxError) {
        let above = openat(emptyRoot, "..", CInt(truncatingIfNeeded: clinux_O_PATH) | O_CLOEXEC)
        defer { if above >= 0 { close(above) } }
        guard above >= 0, isSame(above, emptyRoot) else {
            throw SandboxError(step: "the empty root has something above it", errno: 0)
        }
    }

    private func isSame(_ one: CInt, _ other: CInt) -> Bool {
        var first = stat()
        var second = stat()
        return fstat(one, &first) == 0 && fstat(other, &second) == 0
            && first.st_ino == second.st_ino && first.st_dev == second.st_dev
    }

    private func limitResources() throws(SandboxError) {
        try checked("RLIMIT_CORE", clinux_limit(CLINUX_CORE, 0))
        try checked("RLIMIT_AS", clinux_limit(CLINUX_ADDRESS_SPACE, Self.addressSpaceLimit))
        try checked("RLIMIT_NOFILE", clinux_limit(CLINUX_DESCRIPTORS, Self.descriptorLimit))
    }
}
