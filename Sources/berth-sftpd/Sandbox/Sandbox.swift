import CLinux
import Glibc

/// What a session gives up, in two steps: before its first byte from the network, and after login.
///
/// Each step only narrows. The descriptors are the listener's, opened before it accepts; a session closes its copies once
/// they are used.
struct Sandbox {
    /// The layers that are applied; the listener found that the kernel has them.
    let layers: [SandboxLayer]
    /// An empty directory that nothing can be made in: the root before login.
    let emptyRoot: CInt
    /// The directory of the buckets: no file beyond it is in reach even before login.
    let buckets: CInt

    /// Address space of a session in bytes: far above what one needs, far below what would hurt the others.
    static let addressSpaceLimit: UInt64 = 256 << 20
    /// Descriptors of a session: up to two for each of its 1,024 handles, and what it needs by itself.
    static let descriptorLimit: UInt64 = 2 * 1_024 + 64

    /// Confines the process before the first byte is read: nothing on the host can be named any more.
    func enterPreAuthentication() throws(SandboxError) {
        try limitResources()
        try check("no_new_privs", clinux_no_new_privileges())
        if layers.contains(.chroot) {
            if !clinux_can_chroot() { try check("user namespace", clinux_enter_user_namespace()) }
            try check("capabilities", clinux_keep_capabilities(clinux_cap_sys_chroot))
        } else {
            try check("capabilities", clinux_keep_capabilities(0))
        }
        // The kernel forgets this when capabilities grow, as they do in a new user namespace: it comes after that.
        try check("not dumpable", clinux_not_dumpable())
        if layers.contains(.landlock) { try check("landlock", clinux_landlock_restrict(buckets)) }
        if layers.contains(.chroot) { try check("chroot", clinux_change_root(emptyRoot)) }
        close(emptyRoot)
        close(buckets)
        if layers.contains(.seccomp) { try check("seccomp", clinux_seccomp_before_login()) }
        try verifyBeforeLogin()
    }

    /// Confines the process to `home`, whose descriptor stays the caller's.
    func enterHome(_ home: CInt) throws(SandboxError) {
        try verifyResolution(home)
        // A place beyond the home, which must open nothing once the process is inside.
        let beyond = clinux_open_parent(home)
        guard beyond >= 0 else { throw SandboxError(step: "the directory above the home", errno: errno) }
        defer { close(beyond) }
        if layers.contains(.chroot) {
            try check("chroot", clinux_change_root(home))
        } else {
            try check("fchdir", fchdir(home))
        }
        if layers.contains(.landlock) { try check("landlock", clinux_landlock_restrict(home)) }
        try check("capabilities", clinux_keep_capabilities(0))
        if layers.contains(.seccomp) { try check("seccomp", clinux_seccomp_after_login()) }
        try verifyInside(home, beyond: beyond)
    }

    /// Asks the kernel for each layer, by what must fail now.
    private func verifyBeforeLogin() throws(SandboxError) {
        if layers.contains(.chroot) {
            try checkRefused("chroot", ENOENT, open("/etc", O_RDONLY | O_CLOEXEC))
        }
        // Neither the empty root nor the host's lies beneath the buckets.
        if layers.contains(.landlock) {
            try checkRefused("landlock", EACCES, open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC))
        }
        if layers.contains(.seccomp) {
            try checkRefused("seccomp", EPERM, socket(AF_UNIX, CInt(SOCK_STREAM.rawValue), 0))
        }
    }

    /// Asked before the home is the root, where `..` could not lead out of it anyway.
    private func verifyResolution(_ home: CInt) throws(SandboxError) {
        guard layers.contains(.openat2) else { return }
        let above = clinux_openat2(home, "..", clinux_O_PATH | UInt64(O_CLOEXEC), 0, clinux_RESOLVE_IN_ROOT)
        defer { if above >= 0 { close(above) } }
        guard above >= 0, isSame(above, home) else { throw SandboxError(step: "openat2 is not in force", errno: errno) }
    }

    private func verifyInside(_ home: CInt, beyond: CInt) throws(SandboxError) {
        if layers.contains(.chroot) {
            // Without a capability, whichever layer says so.
            try checkRefused("chroot after login", EPERM, chroot("."))
            let root = open("/", CInt(truncatingIfNeeded: clinux_O_PATH) | O_CLOEXEC)
            defer { close(root) }
            guard isSame(root, home) else { throw SandboxError(step: "the home is not the root", errno: errno) }
        }
        if layers.contains(.landlock) {
            try checkRefused("landlock after login", EACCES, openat(beyond, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC))
        }
        if layers.contains(.seccomp) { try checkRefused("seccomp after login", EPERM, fchdir(home)) }
    }

    private func isSame(_ one: CInt, _ other: CInt) -> Bool {
        var first = stat()
        var second = stat()
        return fstat(one, &first) == 0 && fstat(other, &second) == 0
            && first.st_ino == second.st_ino && first.st_dev == second.st_dev
    }

    private func checkRefused(_ layer: String, _ expected: CInt, _ result: CInt) throws(SandboxError) {
        guard result < 0, errno == expected else {
            let found = result < 0 ? errno : 0
            throw SandboxError(step: "\(layer) is not in force", errno: found)
        }
    }

    private func limitResources() throws(SandboxError) {
        try check("RLIMIT_CORE", clinux_limit(CLINUX_CORE, 0))
        try check("RLIMIT_AS", clinux_limit(CLINUX_ADDRESS_SPACE, Self.addressSpaceLimit))
        try check("RLIMIT_NOFILE", clinux_limit(CLINUX_DESCRIPTORS, Self.descriptorLimit))
        try check("RLIMIT_NPROC", clinux_limit(CLINUX_PROCESSES, 0))
    }

    private func check(_ step: String, _ result: CInt) throws(SandboxError) {
        guard result == 0 else { throw SandboxError(step: step, errno: errno) }
    }
}
