import CAttack
import Foundation
import Glibc
import SFTPProtocol
import SFTPTestSupport
import ServiceTestSupport
import Testing

@testable import berth_sftpd

/// A kernel without one of the calls that a layer is made of (errno 0: with one that says "done" and does nothing).
private struct LyingKernel {
    let rules: [String]
    /// What is missing then, and how the log says why.
    let layer: String, reason: String

    /// What runs a program on it.
    var runner: [String] { [Programs.withoutCalls] + rules + ["--"] }

    static let all = [
        LyingKernel(
            rules: ["landlock_create_ruleset=\(ENOSYS)"], layer: "landlock",
            reason: "the kernel does not offer Landlock"),
        LyingKernel(rules: ["landlock_restrict_self=\(EPERM)"], layer: "landlock", reason: "Operation not permitted"),
        LyingKernel(rules: ["landlock_restrict_self=0"], layer: "landlock", reason: "it is not in force"),
        LyingKernel(
            rules: ["chroot=\(EPERM)", "unshare=\(EPERM)"], layer: "chroot", reason: "Operation not permitted"),
        LyingKernel(
            rules: ["fsopen=\(EPERM)"], layer: "chroot",
            reason: "no empty root can be made: Operation not permitted"),
        LyingKernel(rules: ["chroot=0"], layer: "chroot", reason: "it is not in force"),
        LyingKernel(rules: ["seccomp=\(ENOSYS)"], layer: "seccomp", reason: "Function not implemented"),
        LyingKernel(rules: ["seccomp=0"], layer: "seccomp", reason: "it is not in force"),
    ]
}

extension Attack {
    @Suite(.serialized) struct LayerTests {
        @Test func `strict does not start without a layer, and says which and why`() throws {
            for kernel in LyingKernel.all {
                let daemon = try Daemon(
                    settings: ["BERTHD_SANDBOX": "strict"], awaitsReadiness: false, tracer: kernel.runner)
                let line = daemon.log.waitForLine { $0.contains("error can't serve") }
                let told = "sandbox is strict, but the layer \(kernel.layer) is missing: "
                #expect(line?.contains(told) == true, "\(kernel.rules): \(daemon.log.text)")
                #expect(line?.contains(kernel.reason) == true, "\(kernel.rules): \(daemon.log.text)")
                #expect(throws: (any Error).self) { try TCPConnection(port: daemon.sftpPort) }
            }
        }

        @Test func `auto starts without a layer, and logs it and the layers that are on`() throws {
            var daemon = try Daemon(settings: ["BERTHD_SANDBOX": "auto"])
            #expect(daemon.log.waitForLine { $0.contains("layers=openat2,chroot,landlock,seccomp") } != nil)
            let user = try daemon.api.createUser(home: "/a")
            for kernel in LyingKernel.all {
                daemon.crash()
                daemon = try Daemon(after: daemon, tracer: kernel.runner)
                let missing = daemon.log.waitForLine { $0.contains("warning confinement layer missing") }
                #expect(missing?.contains("layer=\(kernel.layer) ") == true, "\(kernel.rules): \(daemon.log.text)")
                #expect(missing?.contains(kernel.reason) == true, "\(kernel.rules): \(daemon.log.text)")
                let rest = SandboxLayer.allCases.map(\.rawValue).filter { $0 != kernel.layer }
                let told = "layers=\(rest.joined(separator: ",")) "
                #expect(daemon.log.waitForLine { $0.contains(told) } != nil, "\(kernel.rules): \(daemon.log.text)")
                #expect(try daemon.client(user).sftp(["mkdir \(kernel.layer)", "rmdir \(kernel.layer)"]).status == 0)
                // Standard streams, the client, the doorkeeper: also where there is no empty root.
                let listener = try #require(daemon.listener)
                let connection = try TCPConnection(port: daemon.sftpPort)
                func held() -> Int { Self.sessions(of: listener).first.map { Self.descriptors(of: $0).count } ?? 0 }
                #expect(eventually(seconds: 10) { held() == 5 }, "\(kernel.rules): \(held())")
                withExtendedLifetime(connection) {}
            }
        }

        @Test func `without openat2 nothing is served, whatever the setting`() throws {
            let daemon = try Daemon(
                settings: ["BERTHD_SANDBOX": "auto"], awaitsReadiness: false,
                tracer: [Programs.withoutCalls, "openat2=\(ENOSYS)", "--"])
            #expect(
                daemon.log.waitForLine { $0.contains("openat2(2) is needed (Linux 5.6): Function not implemented") }
                    != nil,
                "\(daemon.log.text)")
            #expect(throws: (any Error).self) { try TCPConnection(port: daemon.sftpPort) }
        }

        /// Linux before 6.6. A file that its owner can neither read nor write is changed by its path, which a session may name
        /// from its root alone.
        @Test func `without fchmodat2 a partner changes the mode of each of its files all the same`() throws {
            let daemon = try Daemon(
                settings: ["BERTHD_SANDBOX": "strict"], tracer: [Programs.withoutCalls, "fchmodat2=\(ENOSYS)", "--"])
            let user = try daemon.api.createUser(home: "/a")
            let (local, _) = try daemon.workspace.makeFile("file", bytes: 10)
            let run = try daemon.client(user).sftp([
                "put \(local) file", "chmod 000 file", "chmod 640 file", "get file \(local)-back",
            ])
            #expect(run.status == 0, "\(run)\n\(daemon.log.text)")
            #expect(!daemon.log.text.contains("session died"), "\(daemon.log.text)")
        }

        /// The listener's probe finds Landlock in force; in a session, where the descriptor of its rules has another number,
        /// the call says "done" and does nothing.
        @Test func `a session in which a layer silently did nothing serves nobody`() throws {
            let daemon = try Daemon(
                settings: ["BERTHD_SANDBOX": "strict"],
                tracer: [Programs.withoutCalls, "landlock_restrict_self:7=0", "--"])
            #expect(daemon.log.waitForLine { $0.contains("layers=openat2,chroot,landlock,seccomp") } != nil)
            let user = try daemon.api.createUser(home: "/a")
            #expect(try daemon.client(user).sftp(["ls"]).status == 255)
            let line = daemon.log.waitForLine { $0.contains("can't confine a session") }
            #expect(line?.contains("landlock is not in force") == true, "\(daemon.log.text)")
        }

        /// The kernel asks for another try where a rename or a mount came in between (openat2(2)).
        @Test(.enabled(if: geteuid() == 0))
        func `a session starts whatever else is renamed on the host`() throws {
            let ground = try Ground()
            let loop =
                "import os, sys\nos.mkdir(sys.argv[1] + '/one')\n"
                + "while True:\n os.rename(sys.argv[1] + '/one', sys.argv[1] + '/two')\n"
                + " os.rename(sys.argv[1] + '/two', sys.argv[1] + '/one')\n"
            let nothing = Glibc.open("/dev/null", O_RDWR | O_CLOEXEC)
            defer { close(nothing) }
            let renamer = try ChildProcess(
                Programs.python, ["-c", loop, ground.path], environment: Command.environment(), input: nothing,
                output: nothing, error: nothing)
            defer { renamer.end() }
            #expect(
                eventually(seconds: 5) {
                    ["one", "two"].contains { access("\(ground.path)/\($0)", F_OK) == 0 }
                })
            let ends = (0..<300).map { _ in ground.childBeforeLogin([.openat2]) { true } }
            #expect(ends.allSatisfy { $0 == .succeeded }, "\(ends.count { $0 != .succeeded }) of \(ends.count)")
        }

        /// The same of each layer and each of the two steps, without the processes around them.
        @Test(
            .enabled(if: geteuid() == 0),
            arguments: [
                ("landlock_restrict_self=0", SandboxLayer.landlock), ("chroot=0", .chroot), ("seccomp=0", .seccomp),
            ])
        private func `the sandbox asks for each layer alone`(rule: String, layer: SandboxLayer) throws {
            let ground = try Ground()
            let end = ground.child([layer], prepare: { cattack_lie(rule) == 0 }) { _ in true }
            #expect(end == .notConfined)
            // Already before the first byte, not only at the login.
            #expect(ground.childBeforeLogin([layer], prepare: { cattack_lie(rule) == 0 }) { true } == .notConfined)
            #expect(ground.childBeforeLogin([layer]) { true } == .succeeded)
            #expect(ground.child([layer], { _ in true }) == .succeeded)
        }

        /// Landlock that hides directories alone: what a session asks fails as it must, and the files are in reach.
        @Test(.enabled(if: geteuid() == 0))
        func `the start looks for a file of the host, whatever else was refused`() throws {
            let ground = try Ground()
            let missing = SandboxProbe.Missing(
                layer: .landlock, reason: "it was entered, but a file of the host was still in reach")
            let end = ground.child(nil) { _ in
                guard cattack_lie("landlock_restrict_self=0") == 0,
                    cattack_lie("openat:\(O_RDONLY | O_DIRECTORY | O_CLOEXEC)=\(EACCES)") == 0
                else { return false }
                return SandboxProbe.missingLayers(emptyRoot: ground.emptyRoot, buckets: ground.buckets)
                    .contains(missing)
            }
            #expect(end == .succeeded)
        }

        /// Two sets of rules, before login and after it. In a root that is the home nothing beyond it has a name by which the
        /// second could be tried: there it is put in force and not asked for, and what it is about is out of reach as it is.
        @Test(.enabled(if: geteuid() == 0), arguments: [([SandboxLayer.landlock], 2), ([.chroot, .landlock], 1)])
        private func `the sandbox asks for each set of Landlock's rules that can be tried`(
            layers: [SandboxLayer], asked: Int
        ) throws {
            let found = try Self.rulesAskedFor(layers)
            #expect(found.count == asked, "\(found)")
        }

        /// Which set a lie is about is told by the number of its descriptor: those at which a lie is noticed.
        private static func rulesAskedFor(_ layers: [SandboxLayer]) throws -> [CInt] {
            let ground = try Ground()
            let kept = [ground.emptyRoot, ground.buckets]
            // With the places below taken, each set's descriptor has a number of its own.
            let last = kept.max() ?? 0
            return (last + 1..<last + 12).filter { number in
                let end = ground.child(
                    layers,
                    prepare: {
                        for descriptor in 3..<CInt(4_096) where !kept.contains(descriptor) { close(descriptor) }
                        while case let filler = open("/dev/null", O_RDONLY), filler >= 0 {
                            if filler > last {
                                close(filler)
                                break
                            }
                        }
                        return cattack_lie("landlock_restrict_self:\(number)=0") == 0
                    },
                    { _ in true })
                return end == .notConfined
            }
        }

        /// What no layer takes away can't be there in the first place.
        @Test func `a session holds its sockets and its home, and no other descriptor of the host`() throws {
            let daemon = try Daemon()
            let user = try daemon.api.createUser(home: "/a")
            let listener = try #require(daemon.listener)
            let connection = try TCPConnection(port: daemon.sftpPort)
            #expect(eventually(seconds: 10) { Self.sessions(of: listener).count == 1 })
            let stranger = try #require(Self.sessions(of: listener).first)
            #expect(eventually(seconds: 10) { Self.descriptors(of: stranger).allSatisfy(Self.isHarmless) })
            withExtendedLifetime(connection) {}
            let client = try SFTPOverSSH(daemon.client(user))
            let session = try #require(Self.sessions(of: listener).first { $0 != stranger })
            let held = Self.descriptors(of: session)
            let home = daemon.home(of: user)
            #expect(held.allSatisfy { Self.isHarmless($0) || $0 == home }, "\(held)")
            #expect(held.contains(home))
            #expect(try client.send(Packet.paths(.stat, "/".bytes)).type == .attrs)
            #expect(Self.root(of: session) == home)
        }

        private static func sessions(of listener: pid_t) -> [pid_t] { ProcessTable.children(of: listener) }

        private static func isHarmless(_ descriptor: String) -> Bool {
            descriptor == "/dev/null" || descriptor.hasPrefix("socket:") || descriptor.hasPrefix("pipe:")
                || descriptor.hasPrefix("anon_inode:")
        }

        private static func descriptors(of pid: pid_t) -> [String] {
            let directory = "/proc/\(pid)/fd"
            let names = (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []
            return names.compactMap { try? FileManager.default.destinationOfSymbolicLink(atPath: "\(directory)/\($0)") }
        }

        private static func root(of pid: pid_t) -> String? {
            try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(pid)/root")
        }
    }
}
