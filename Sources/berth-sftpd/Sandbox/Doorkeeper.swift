import CLinux
import Glibc
import SSHWire
import SessionControl

/// The process that lets a session into its home: a session can neither choose its root itself nor hold the descriptor of a
/// home before that is its root.
///
/// A session and its doorkeeper are forked from one another before the first byte is read, and share one root directory
/// (clone(2), CLONE_FS). The doorkeeper alone has the line to the broker and the capability to chroot; until the login it
/// passes messages on without looking at them. The one that comes with a home's descriptor from the broker is the grant: the
/// doorkeeper makes that home the root of both, hands the session the grant, the home and the line, and ends. So code that
/// took the session over before the login, and then logs in with a password that is right, finds itself in the home like
/// any other.
struct Doorkeeper: ~Copyable {
    /// Descriptors as they stand in it.
    private enum Place: CInt {
        case line = 3
        case session
        case firstClosed
    }

    private let line = SeqPacketSocket(owning: Place.line.rawValue)
    private let session = SeqPacketSocket(owning: Place.session.rawValue)
    private let changesRoot: Bool

    /// Forks the doorkeeper of this process, which has one thread and may chroot, and gives it `line`.
    ///
    /// - Parameter layers: what it takes on; with ``SandboxLayer/chroot`` it changes the root at the grant.
    /// - Returns: the session's end towards the broker.
    static func start(line: CInt, layers: [SandboxLayer]) throws(SandboxError) -> CInt {
        let pair: (doorkeeper: CInt, session: CInt)
        do throws(ControlError) { pair = try SeqPacketSocket.pair() } catch {
            throw SandboxError(step: "doorkeeper: \(error)", errno: 0)
        }
        defer {
            close(line)
            close(pair.doorkeeper)
        }
        let parent = getpid()
        let child = clinux_leave_no_zombies() == 0 ? clinux_fork_sharing_root() : -1
        if child == 0 {
            do throws(SandboxError) {
                try confine(layers: layers, parent: parent)
                try arrange(line: line, session: pair.doorkeeper)
                if layers.contains(.seccomp) {
                    try checked("doorkeeper: seccomp", clinux_seccomp_doorkeeper())
                    try checkedRefusal(
                        "doorkeeper: seccomp", EPERM, socket(AF_UNIX, CInt(SOCK_STREAM.rawValue), 0))
                }
            } catch {
                Log()(.error, "can't confine a session", ["step": error.step, "error": describe(error.errno)])
                _exit(failed)
            }
            _exit(Doorkeeper(changesRoot: layers.contains(.chroot)).run() ? 0 : failed)
        }
        guard child > 0 else {
            close(pair.session)
            throw SandboxError(step: "doorkeeper: fork", errno: errno)
        }
        return pair.session
    }

    private static let failed: CInt = 71

    private init(changesRoot: Bool) {
        self.changesRoot = changesRoot
    }

    private static func confine(layers: [SandboxLayer], parent: pid_t) throws(SandboxError) {
        try checked("doorkeeper: RLIMIT_NPROC", clinux_limit(CLINUX_PROCESSES, 0))
        let capabilities = layers.contains(.chroot) ? clinux_cap_sys_chroot : 0
        try checked("doorkeeper: capabilities", clinux_keep_capabilities(capabilities))
        try checked("doorkeeper: not dumpable", clinux_not_dumpable())
        // It ends with its session, even when it was stopped.
        if clinux_end_with_parent(parent) != 0 {
            if errno == ESRCH { _exit(0) }
            throw SandboxError(step: "doorkeeper: end with its session", errno: errno)
        }
    }

    /// Leaves it its two sockets, and what it logs to.
    private static func arrange(line: CInt, session: CInt) throws(SandboxError) {
        var place = Place.line.rawValue
        for descriptor in [clinux_duplicate_from(line, 64), clinux_duplicate_from(session, 64)] {
            try checked("doorkeeper: descriptors", descriptor >= 0 && dup2(descriptor, place) == place ? 0 : -1)
            place += 1
        }
        try checked("doorkeeper: descriptors", clinux_close_from(UInt32(Place.firstClosed.rawValue)))
    }

    /// Passes messages on until one is the grant, or until either end is closed.
    ///
    /// - Returns: false when the home could not be entered.
    private func run() -> Bool {
        var message = ByteQueue(capacity: SeqPacketSocket.messageLimit)
        do throws(ControlError) {
            while true {
                // The session's come first, so that none of them is left behind when the line goes over to it. Descriptors
                // that it sends are dropped by the kernel.
                switch try session.receive(into: &message) {
                case .message:
                    try deliver(message, to: line)
                    // A password may be in it.
                    message.wipe()
                    continue
                case .closed: return true
                case .nothing: break
                }
                var home: CInt = -1
                switch try line.receive(into: &message, passed: &home) {
                case .message where home < 0: try deliver(message, to: session)
                case .message:
                    guard enter(home) else { return false }
                    try deliver(message, to: session, passing: (home, line.descriptor))
                    return true
                case .closed: return true
                case .nothing: wait(for: [(session.descriptor, POLLIN), (line.descriptor, POLLIN)])
                }
            }
        } catch {
            // An end was closed while something was on its way there.
            return true
        }
    }

    private func enter(_ home: CInt) -> Bool {
        if fchdir(home) == 0, !changesRoot || (chroot(".") == 0 && isRoot(home)) { return true }
        Log()(.error, "can't confine a session", ["step": "doorkeeper: chroot", "error": describe(errno)])
        return false
    }

    /// Asked of the kernel, since the session shares the working directory and could change it at the wrong moment.
    private func isRoot(_ home: CInt) -> Bool {
        var root = stat()
        var expected = stat()
        errno = 0
        return stat("/", &root) == 0 && fstat(home, &expected) == 0
            && root.st_ino == expected.st_ino && root.st_dev == expected.st_dev
    }

    private func deliver(
        _ message: borrowing ByteQueue, to socket: borrowing SeqPacketSocket, passing: (CInt, CInt) = (-1, -1)
    ) throws(ControlError) {
        while try !socket.send(message, passing: passing) { wait(for: [(socket.descriptor, POLLOUT)]) }
    }

    private func wait(for events: [(CInt, Int32)]) {
        var entries = events.map { pollfd(fd: $0.0, events: Int16(truncatingIfNeeded: $0.1), revents: 0) }
        _ = poll(&entries, nfds_t(entries.count), -1)
    }
}

/// Throws when a system call, whose result this is, did not fail as it must in a layer that is in force.
func checkedRefusal(_ layer: String, _ expected: CInt, _ result: CInt) throws(SandboxError) {
    guard result < 0, errno == expected else {
        throw SandboxError(step: "\(layer) is not in force", errno: result < 0 ? errno : 0)
    }
}

/// Throws when a system call, whose result this is, failed.
func checked(_ step: String, _ result: CInt) throws(SandboxError) {
    guard result == 0 else { throw SandboxError(step: step, errno: errno) }
}
