import CAttack
import CLinux
import Foundation
import Glibc
import Testing

@testable import berth_sftpd

/// One attack by code that runs in a session.
private struct SessionAttack {
    let name: String
    /// The single layers that stop it; all layers together stop each attack, and no layer stops none.
    let stoppedBy: Set<Defence>
    let attempt: (CInt) -> Bool

    init(_ name: String, stoppedBy: Set<Defence>, _ attempt: @escaping (CInt) -> Bool) {
        self.name = name
        self.stoppedBy = stoppedBy
        self.attempt = attempt
    }
}

extension Attack {
    /// Code in a session × layer, with the other layers off. As root, who may do everything where nothing is in the way.
    @Suite(.serialized, .enabled(if: geteuid() == 0)) struct SessionMatrixTests {
        @Test func `code in a session is stopped by the layers that are said to stop it, and by no other`() throws {
            for defence in Defence.allCases {
                let ground = try Ground()
                for attack in try Self.files(ground) + Self.processes() + Self.network(ground) {
                    let end = ground.child(defence.layers, attack.attempt)
                    let isStopped = defence == .all || attack.stoppedBy.contains(defence)
                    #expect(end != .notConfined, "\(attack.name), \(defence)")
                    #expect(end.isSuccess != isStopped, "\(attack.name) with the layer \(defence): \(end)")
                }
            }
        }

        @Test func `before login no file is in reach`() throws {
            let ground = try Ground()
            let host = ["/etc/passwd", "\(ground.path)/host"]
            let homes = [ground.secretPath, "../b/secret", "mine", "/buckets/b/secret"]
            for (layers, paths) in [
                (SandboxLayer.allCases, host + homes), ([.chroot], host + homes),
                // Which home it will be is not known yet: what was in the way of the others is not Landlock.
                ([.landlock], host),
            ] {
                func before(_ attack: () -> Bool) -> Ground.End { ground.childBeforeLogin(layers, attack) }
                for path in paths {
                    #expect(before { open(path, O_RDONLY) >= 0 } == .refused, "\(path), \(layers)")
                    // An absolute path needs no directory.
                    #expect(before { openat(-1, path, O_RDONLY) >= 0 } == .refused, "\(path), \(layers)")
                }
                #expect(before { chroot("/") == 0 } == .refused, "\(layers)")
            }
        }

        /// Somebody who takes a session over before its login and then logs in with a password that is right holds the home's
        /// descriptor, and nothing that was the session's own to do is done: its doorkeeper has made the home the root.
        @Test func `code that took over before login reaches no other home after it`() throws {
            let ground = try Ground()
            let attacks: [(String, (CInt) -> Bool)] = [
                ("..", { Ground.isSecret(openat($0, "../b/secret", O_RDONLY)) }),
                ("the name on the host", { _ in Ground.isSecret(open(ground.secretPath, O_RDONLY)) }),
                ("the name in the buckets", { _ in Ground.isSecret(open("/b/secret", O_RDONLY)) }),
                ("above the working directory", { _ in Ground.isSecret(open("../b/secret", O_RDONLY)) }),
                (
                    "a root within the home, left by ..",
                    { chroot("x") == 0 && Ground.isSecret(openat($0, "../b/secret", O_RDONLY)) }
                ),
                ("fchdir, then ..", { fchdir($0) == 0 && Ground.isSecret(open("../b/secret", O_RDONLY)) }),
            ]
            for (name, attack) in attacks {
                for layers in [SandboxLayer.allCases, [.chroot]] {
                    let end = ground.child(layers, narrows: false, attack)
                    #expect(end == .refused, "\(name), \(layers): \(end)")
                }
            }
            // Had the session led its doorkeeper elsewhere, by the working directory that they share, nobody would be let in.
            let astray = ground.child([.chroot], narrows: false, prepare: { cattack_lie("fchdir:5=0") == 0 }) { _ in
                true
            }
            #expect(astray == .notConfined)
            // It is the root that stops this: Landlock before login ends at the buckets.
            #expect(ground.child([.landlock], narrows: false, attacks[0].1) == .succeeded)
            // The home itself is in reach: what was refused was refused for where it is.
            #expect(
                ground.child(SandboxLayer.allCases, narrows: false) { openat($0, "mine", O_RDONLY) >= 0 } == .succeeded)
        }

        /// Landlock has nothing to say about O_PATH: before login a session can keep a descriptor of its root, and when the home
        /// is the root, that one lies outside of it.
        @Test func `code that kept a descriptor of the root from before login climbs nowhere from it`() throws {
            let ground = try Ground()
            let ups = (1...8).map { Array(repeating: "..", count: $0).joined(separator: "/") }
            for layers in [SandboxLayer.allCases, [.chroot]] {
                var kept: CInt = -1
                let end = ground.child(
                    layers, narrows: false,
                    meanwhile: { kept = openat(-1, "/", CInt(truncatingIfNeeded: clinux_O_PATH)) },
                    { _ in
                        // Without it the attack would be none.
                        guard kept >= 0 else { return true }
                        return ups.contains { Ground.isSecret(openat(kept, "\($0)\(ground.secretPath)", O_RDONLY)) }
                    })
                #expect(end == .refused, "\(layers): \(end)")
            }
        }

        /// A session shares its working directory with its doorkeeper, which makes it the home a moment before that is the root:
        /// then `..` leads to the other homes.
        @Test func `code in a session takes no path from the working directory, whatever the call`() throws {
            let ground = try Ground()
            for call in 0..<cattack_path_calls() {
                for second in [0, 1] as [CInt] {
                    func attempt(_ directory: CInt) -> Ground.End {
                        ground.child(SandboxLayer.allCases, narrows: false) { home in
                            cattack_try_path(call, directory < 0 ? directory : home, home, second) == 0
                        }
                    }
                    // Most calls have one directory.
                    if second == 0 || [13, 14].contains(call) {
                        #expect(attempt(AT_FDCWD) == .refused, "call \(call), directory \(second)")
                    }
                    #expect(attempt(0) == .succeeded, "call \(call), directory \(second)")
                }
            }
            let before = ground.childBeforeLogin(SandboxLayer.allCases) {
                (0..<cattack_path_calls()).contains { cattack_try_path($0, AT_FDCWD, -1, 0) == 0 }
            }
            #expect(before == .refused)
        }

        @Test func `code in a session can't make it outlive its listener`() throws {
            let ground = try Ground()
            for layers in [SandboxLayer.allCases, [.seccomp]] {
                let end = ground.childBeforeLogin(layers) { cattack_try(CATTACK_OUTLIVE, 0) == 0 }
                #expect(end == .refused, "\(layers): \(end)")
            }
            #expect(ground.childBeforeLogin([.chroot]) { cattack_try(CATTACK_OUTLIVE, 0) == 0 } == .succeeded)
        }

        /// Files: chroot and Landlock, each for itself. What Landlock does not cover (looking, modes), chroot does; what
        /// chroot does not (descriptors from before), Landlock does, and sessions have none.
        private static func files(_ ground: Ground) throws -> [SessionAttack] {
            let neighbour = ground.neighbour, secret = ground.secretPath
            func again(_ name: String) { _ = linkat(neighbour, "secret", neighbour, name, 0) }
            ["removed", "renamed", "kept", "linked"].forEach(again)
            return [
                SessionAttack("read by name", stoppedBy: [.chroot, .landlock]) { home in
                    Ground.isSecret(openat(home, secret, O_RDONLY))
                },
                SessionAttack("read by ..", stoppedBy: [.chroot, .landlock]) { home in
                    Ground.isSecret(openat(home, "../b/secret", O_RDONLY))
                },
                SessionAttack("read by an old descriptor", stoppedBy: [.landlock]) { _ in
                    Ground.isSecret(openat(neighbour, "secret", O_RDONLY))
                },
                SessionAttack("list by ..", stoppedBy: [.chroot, .landlock]) { home in
                    openat(home, "../b", O_RDONLY | O_DIRECTORY) >= 0
                },
                SessionAttack("look by name", stoppedBy: [.chroot]) { home in
                    var status = stat()
                    return fstatat(home, secret, &status, 0) == 0
                },
                SessionAttack("write", stoppedBy: [.chroot, .landlock]) { home in
                    openat(home, "../b/kept", O_WRONLY | O_APPEND) >= 0
                },
                SessionAttack("make", stoppedBy: [.chroot, .landlock]) { home in
                    openat(home, "../b/made\(getpid())", O_WRONLY | O_CREAT | O_EXCL, 0o600) >= 0
                },
                SessionAttack("remove", stoppedBy: [.chroot, .landlock]) { home in
                    unlinkat(home, "../b/removed", 0) == 0
                },
                SessionAttack("rename", stoppedBy: [.chroot, .landlock]) { home in
                    renameat(home, "../b/renamed", home, "stolen") == 0
                },
                SessionAttack("link", stoppedBy: [.chroot, .landlock]) { home in
                    linkat(home, "../b/linked", home, "second\(getpid())", 0) == 0
                },
                SessionAttack("change a mode", stoppedBy: [.chroot]) { home in
                    fchmodat(home, "../b/kept", 0o644, 0) == 0
                },
                // Each session drops its capabilities, whatever its layers are.
                SessionAttack("chroot out", stoppedBy: [.openat2, .chroot, .landlock, .seccomp]) { home in
                    chroot("x") == 0 && Ground.isSecret(openat(home, "../b/secret", O_RDONLY))
                },
                SessionAttack("make a FIFO", stoppedBy: [.landlock, .seccomp]) { home in
                    mknodat(home, "fifo\(getpid())", S_IFIFO | 0o600, 0) == 0
                },
                SessionAttack("execute", stoppedBy: [.chroot, .landlock, .seccomp]) { _ in
                    var arguments: [UnsafeMutablePointer<CChar>?] = [strdup("true"), nil]
                    return execv("/bin/true", &arguments) == 0
                },
            ]
        }

        /// Other processes: seccomp, and Landlock where the kernel is new enough (signals: 6.12).
        private static func processes() -> [SessionAttack] {
            let target = getpid()
            let signal: Set<Defence> = clinux_landlock_abi() >= 6 ? [.landlock, .seccomp] : [.seccomp]
            func attempt(_ attempt: cattack_attempt) -> (CInt) -> Bool { { _ in cattack_try(attempt, target) == 0 } }
            return [
                SessionAttack("signal", stoppedBy: signal, attempt(CATTACK_SIGNAL)),
                // That Landlock would stop the signal itself shows later.
                SessionAttack("signal by a descriptor", stoppedBy: [.seccomp], attempt(CATTACK_SIGNAL_BY_FCNTL)),
                SessionAttack("fork", stoppedBy: [.seccomp], attempt(CATTACK_FORK)),
                SessionAttack("be traced", stoppedBy: [.seccomp], attempt(CATTACK_TRACE)),
                // The target has capabilities that no session has.
                SessionAttack(
                    "read memory", stoppedBy: [.openat2, .chroot, .landlock, .seccomp], attempt(CATTACK_READ_MEMORY)),
                SessionAttack(
                    "enter a namespace", stoppedBy: [.openat2, .chroot, .landlock, .seccomp],
                    attempt(CATTACK_NAMESPACE)),
                SessionAttack("run new code", stoppedBy: [.seccomp], attempt(CATTACK_EXECUTABLE_PAGE)),
            ]
        }

        /// The network: seccomp, and TCP by Landlock where the kernel is new enough (6.7).
        private static func network(_ ground: Ground) throws -> [SessionAttack] {
            let abi = clinux_landlock_abi()
            let listening = socket(AF_UNIX, CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue), 0)
            var place = sockaddr_un()
            place.sun_family = sa_family_t(AF_UNIX)
            withUnsafeMutableBytes(of: &place.sun_path) { $0.copyBytes(from: "\(ground.path)/socket".utf8) }
            let address = place
            let length = socklen_t(MemoryLayout<sockaddr_un>.size)
            func with(_ address: sockaddr_un, _ call: (UnsafePointer<sockaddr>) -> CInt) -> CInt {
                withUnsafePointer(to: address) { $0.withMemoryRebound(to: sockaddr.self, capacity: 1, call) }
            }
            try #require(with(address) { bind(listening, $0, length) } == 0 && listen(listening, 100) == 0)
            let port = socket(AF_INET, CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue), 0)
            var bound = sockaddr_in()
            var boundLength = socklen_t(MemoryLayout<sockaddr_in>.size)
            try #require(listen(port, 100) == 0)
            try #require(
                withUnsafeMutablePointer(to: &bound) {
                    $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(port, $0, &boundLength) }
                } == 0)
            bound.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
            let target = bound
            return [
                SessionAttack("connect by TCP", stoppedBy: abi >= 4 ? [.landlock, .seccomp] : [.seccomp]) { _ in
                    let descriptor = socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0)
                    return withUnsafePointer(to: target) {
                        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                            connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
                        }
                    }
                },
                SessionAttack("send by UDP", stoppedBy: [.seccomp]) { _ in
                    socket(AF_INET, CInt(SOCK_DGRAM.rawValue), 0) >= 0
                },
                SessionAttack("connect to a socket of the host", stoppedBy: [.chroot, .seccomp]) { _ in
                    let descriptor = socket(AF_UNIX, CInt(SOCK_STREAM.rawValue), 0)
                    return descriptor >= 0 && with(address) { connect(descriptor, $0, length) } == 0
                },
                SessionAttack("make a pair of sockets", stoppedBy: [.seccomp]) { _ in
                    cattack_try(CATTACK_SOCKET_PAIR, 0) == 0
                },
                SessionAttack("have the kernel run a program", stoppedBy: [.seccomp]) { _ in
                    cattack_try(CATTACK_SOCKET_PROGRAM, listening) == 0
                },
            ]
        }
    }
}
