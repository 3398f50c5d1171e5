/// The confinement layers of a session, the outermost first.
enum SandboxLayer: String, CaseIterable {
    /// Every path is resolved beneath the home by the kernel.
    case openat2
    /// The home is the root directory, and no capability is left.
    case chroot
    /// The kernel refuses every file outside of the home.
    case landlock
    /// The kernel refuses every system call that a session has no use for.
    case seccomp
}

/// A step into confinement that the kernel refused.
struct SandboxError: Error {
    /// The layer or step.
    let step: String
    /// errno(3).
    let errno: Int32
}
