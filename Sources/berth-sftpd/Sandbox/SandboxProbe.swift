import CLinux
import Glibc
import SSHWire
import SessionControl

/// Finds out which confinement layers this kernel gives to this process, by entering them in a forked child.
enum SandboxProbe {
    /// What is missing and why.
    struct Missing: Equatable {
        let layer: SandboxLayer
        let reason: String
    }

    /// The version of Landlock that Berth needs: from there on files can be renamed between directories.
    static let landlockVersion: CInt = 2

    /// Tries each layer.
    ///
    /// - Parameter rootFailure: why there is no empty root, where it is -1.
    static func missingLayers(emptyRoot: CInt, rootFailure: String = "", buckets: CInt) -> [Missing] {
        var missing: [Missing] = []
        let version = clinux_landlock_abi()
        if version < landlockVersion {
            missing.append(
                Missing(
                    layer: .landlock,
                    reason: version == 0
                        ? "the kernel does not offer Landlock"
                        : "the kernel offers Landlock \(version), \(landlockVersion) is needed"))
        } else if let failure = failure(of: [.landlock], emptyRoot: emptyRoot, buckets: buckets) {
            missing.append(Missing(layer: .landlock, reason: failure))
        }
        if emptyRoot < 0 {
            missing.append(Missing(layer: .chroot, reason: "no empty root can be made: \(rootFailure)"))
        } else if let failure = failure(of: [.chroot], emptyRoot: emptyRoot, buckets: buckets) {
            missing.append(Missing(layer: .chroot, reason: failure))
        }
        let place = clinux_openat2(buckets, ".", UInt64(O_DIRECTORY | O_CLOEXEC), 0, clinux_RESOLVE_IN_ROOT)
        if place < 0 {
            missing.append(Missing(layer: .openat2, reason: describe(errno)))
        } else {
            close(place)
        }
        if let failure = failure(of: [.seccomp], emptyRoot: emptyRoot, buckets: buckets) {
            missing.append(Missing(layer: .seccomp, reason: failure))
        }
        if missing.isEmpty,
            let failure = failure(of: SandboxLayer.allCases, emptyRoot: emptyRoot, buckets: buckets)
        {
            missing.append(Missing(layer: .landlock, reason: "it does not go together with the others: \(failure)"))
        }
        return missing
    }

    /// Enters `layers` in a child, the buckets' directory standing for the home, and looks whether the host's root is
    /// out of reach then. Nil when it is.
    private static func failure(of layers: [SandboxLayer], emptyRoot: CInt, buckets: CInt) -> String? {
        let hostRoot = open("/", CInt(truncatingIfNeeded: clinux_O_PATH) | O_DIRECTORY | O_CLOEXEC)
        defer { close(hostRoot) }
        let child = fork()
        guard child >= 0 else { return "fork: \(describe(errno))" }
        if child == 0 {
            let home = dup(buckets)
            let before = dup(emptyRoot)
            do throws(SandboxError) {
                let sandbox = Sandbox(layers: layers, emptyRoot: emptyRoot, buckets: buckets)
                try sandbox.enterHome(try sandbox.admit(to: home))
            } catch {
                // Without a number no call failed: one that must fail did not.
                _exit(error.errno == 0 ? 202 : min(error.errno, 200))
            }
            // With chroot the name must lead nowhere; with Landlock even a descriptor from before must open nothing; with
            // seccomp alone files stay in reach, and entering it has shown that it is in force.
            let escaped =
                layers.contains(.landlock)
                ? openat(hostRoot, "etc/passwd", O_RDONLY)
                : layers.contains(.chroot) ? open("/etc/passwd", O_RDONLY) : -1
            // What was the root before has nothing above it.
            let climbed = layers.contains(.chroot) ? openat(before, "../etc", O_RDONLY) : -1
            _exit(escaped >= 0 || climbed >= 0 ? 201 : 0)
        }
        var status: CInt = 0
        while waitpid(child, &status, 0) < 0, errno == EINTR {}
        var exitStatus: CInt = -1
        var signal: CInt = 0
        clinux_wait_status(status, &exitStatus, &signal)
        switch exitStatus {
        case 0: return nil
        case 201: return "it was entered, but a file of the host was still in reach"
        case 202: return "the kernel said that it was entered, but it is not in force"
        case -1: return "the probe died by signal \(signal)"
        default: return describe(exitStatus)
        }
    }
}

extension Sandbox {
    /// Confines this process before login and has it let into `home`, whose descriptor is closed here, as a broker would.
    ///
    /// - Parameter meanwhile: what the process does while it waits, before anybody lets it in.
    /// - Returns: the descriptor of the home that the doorkeeper handed over; ``enterHome(_:)`` comes next in a session that
    ///   was not taken over.
    func admit(to home: CInt, meanwhile: () -> Void = {}) throws(SandboxError) -> CInt {
        var ends: (broker: CInt, session: CInt) = (-1, -1)
        do { ends = try SeqPacketSocket.pair() } catch { throw SandboxError(step: "pair", errno: Glibc.errno) }
        let session = SeqPacketSocket(owning: try enterPreAuthentication(line: ends.session))
        let broker = SeqPacketSocket(owning: ends.broker)
        meanwhile()
        var message = ByteQueue(capacity: SeqPacketSocket.messageLimit)
        message.append(1 as UInt8)
        var passed: (CInt, CInt) = (-1, -1)
        do throws(ControlError) {
            guard try broker.send(message, passing: home) else {
                throw ControlError.system(call: "send", errno: EAGAIN)
            }
            close(home)
            var entry = pollfd(fd: session.descriptor, events: Int16(POLLIN), revents: 0)
            _ = poll(&entry, 1, -1)
            _ = try session.receive(into: &message, passed: &passed)
        } catch {
            throw SandboxError(step: "doorkeeper: \(error)", errno: 0)
        }
        let (admitted, line) = passed
        guard line >= 0 else { throw SandboxError(step: "doorkeeper: nobody was let in", errno: 0) }
        close(line)
        return admitted
    }
}

/// errno(3) in words.
func describe(_ errno: CInt) -> String {
    guard let text = strerror(errno) else { return "error \(errno)" }
    return String(cString: text)
}
