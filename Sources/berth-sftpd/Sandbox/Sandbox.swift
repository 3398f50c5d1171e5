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
        if layers.contains(.chroot) {
            try check("chroot", clinux_change_root(home))
        } else {
            try check("fchdir", fchdir(home))
        }
        if layers.contains(.landlock) { try check("landlock", clinux_landlock_restrict(home)) }
        try check("capabilities", clinux_keep_capabilities(0))
        if layers.contains(.seccomp) { try check("seccomp", clinux_seccomp_after_login()) }
        try verifyInside(home)
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

    private func verifyInside(_ home: CInt) throws(SandboxError) {
        guard layers.contains(.chroot) else { return }
        // Without a capability, whichever layer says so.
        try checkRefused("chroot after login", EPERM, chroot("."))
        var root = stat()
        var inside = stat()
        guard stat("/", &root) == 0, fstat(home, &inside) == 0, root.st_ino == inside.st_ino,
            root.st_dev == inside.st_dev
        else { throw SandboxError(step: "the home is not the root", errno: errno) }
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
