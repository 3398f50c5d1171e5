import CAttack
import CLinux
import Foundation
import Glibc
import Testing

@testable import berth_sftpd

/// Enters the sandbox in forked children and looks, from inside, what is still in reach.
@Suite(.serialized) struct SandboxTests {
    private let directory: URL
    private let emptyRoot: CInt
    private let buckets: CInt

    init() throws {
        directory = FileManager.default.temporaryDirectory.appending(path: "berth-sandbox-\(UUID().uuidString)")
        for name in ["buckets/a", "buckets/b"] {
            try FileManager.default.createDirectory(
                at: directory.appending(path: name), withIntermediateDirectories: true)
        }
        try Data("mine".utf8).write(to: directory.appending(path: "buckets/a/file"))
        try Data("theirs".utf8).write(to: directory.appending(path: "buckets/b/file"))
        emptyRoot = clinux_detached_directory()
        buckets = open(directory.appending(path: "buckets").path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        try #require(emptyRoot >= 0 && buckets >= 0)
    }

    /// How a child ends that is confined to the home `a` by `layers` and then runs `body` with the home's descriptor: what
    /// that gives, or minus the signal that ended the child; 255 when it could not be confined.
    ///
    /// - Parameter kept: descriptors that `body` needs; all others are closed, since other tests may have more than a session
    ///   is allowed.
    private func inChild(_ layers: [SandboxLayer], keeping kept: [CInt] = [], _ body: (CInt) -> CInt) -> CInt {
        let home = openat(buckets, "a", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        defer { close(home) }
        let child = fork()
        if child == 0 {
            let limit = kept + [emptyRoot, buckets, home]
            for descriptor in 3..<(limit.max() ?? 3) where !limit.contains(descriptor) { close(descriptor) }
            _ = clinux_close_from(UInt32((limit.max() ?? 3) + 1))
            let sandbox = Sandbox(layers: layers, emptyRoot: emptyRoot, buckets: buckets)
            do throws(SandboxError) {
                let admitted = try sandbox.admit(to: dup(home))
                try sandbox.enterHome(admitted)
                close(admitted)
            } catch {
                Log()(.error, "not confined", ["step": error.step, "error": describe(error.errno)])
                _exit(255)
            }
            _exit(body(home))
        }
        var status: CInt = 0
        waitpid(child, &status, 0)
        var exitStatus: CInt = -1
        var signal: CInt = 0
        clinux_wait_status(status, &exitStatus, &signal)
        return signal > 0 ? -signal : exitStatus
    }

    /// What a child finds once it is confined by `layers`: a bit for each thing that worked.
    private func reach(_ layers: [SandboxLayer]) -> CInt {
        let host = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        let neighbour = directory.appending(path: "buckets/b/file").path
        defer {
            close(host)
            cleanUp()
        }
        return inChild(layers, keeping: [host]) { home in
            var found: CInt = 0
            if openat(home, "file", O_RDONLY) >= 0 { found |= 1 }
            if openat(home, "/etc/passwd", O_RDONLY) >= 0 { found |= 2 }
            if openat(host, "etc/passwd", O_RDONLY) >= 0 { found |= 4 }
            if openat(home, neighbour, O_RDONLY) >= 0 { found |= 8 }
            if chroot("/") == 0 { found |= 16 }
            if openat(home, "../b/file", O_RDONLY) >= 0 { found |= 32 }
            return found
        }
    }

    @Test func withAllLayersOnlyTheHomeIsInReach() {
        #expect(reach(SandboxLayer.allCases) == 1)
    }

    @Test func chrootAloneLeavesOnlyWhatWasOpenBefore() {
        #expect(reach([.openat2, .chroot]) == 1 | 4)
    }

    @Test func landlockAloneLeavesOnlyTheHome() {
        #expect(reach([.openat2, .landlock]) == 1)
    }

    @Test func seccompAloneLeavesFilesInReachAndTakesChroot() {
        #expect(reach([.openat2, .seccomp]) == 1 | 2 | 4 | 8 | 32)
    }

    /// How a child ends that makes an attempt: errno of it, 0 when it was possible, or minus the signal that ended it.
    private func attempt(_ attempt: cattack_attempt, _ layers: [SandboxLayer]) -> CInt {
        let target = getpid()
        return inChild(layers) { _ in min(cattack_try(attempt, target), 254) }
    }

    @Test(arguments: [
        CATTACK_EXECUTE, CATTACK_FORK, CATTACK_SIGNAL, CATTACK_TRACE, CATTACK_READ_MEMORY,
        CATTACK_SOCKET_PAIR, CATTACK_NAMESPACE, CATTACK_EXECUTABLE_MEMORY, CATTACK_IO_URING, CATTACK_BPF,
        CATTACK_DEVICE,
    ])
    func codeInASessionDiesOfACallThatNoSessionMakes(_ forbidden: cattack_attempt) {
        defer { cleanUp() }
        #expect(attempt(forbidden, SandboxLayer.allCases) == -SIGSYS)
        #expect(attempt(forbidden, [.openat2, .chroot, .landlock]) != -SIGSYS, "without the layer it lives on")
    }

    @Test func codeInASessionGetsNoSocket() {
        defer { cleanUp() }
        #expect(attempt(CATTACK_CONNECT, SandboxLayer.allCases) == EPERM)
        #expect(attempt(CATTACK_CONNECT, [.openat2, .chroot, .landlock]) == 0, "without the layer it gets one")
    }

    /// The steps into the home are over then, and what they took is not needed any more.
    @Test(arguments: [
        CATTACK_CHANGE_PROCESS, CATTACK_LANDLOCK_RULES, CATTACK_LANDLOCK_RULE, CATTACK_LANDLOCK, CATTACK_FILTER,
    ])
    func codeInASessionChangesNothingAboutItsConfinementAfterLogin(_ change: cattack_attempt) {
        defer { cleanUp() }
        #expect(attempt(change, SandboxLayer.allCases) == EPERM)
        #expect(attempt(change, [.openat2, .chroot, .landlock]) == 0, "without the layer it can")
    }

    /// Signals to others, other processes' memory and sockets are what files and capabilities do not cover.
    @Test func withoutSeccompTheOtherLayersLeaveProcessesAndSocketsInReach() {
        defer { cleanUp() }
        for possible in [CATTACK_SOCKET_PAIR, CATTACK_TRACE] {
            #expect(attempt(possible, [.openat2, .chroot, .landlock]) == 0)
        }
    }

    private func cleanUp() {
        close(emptyRoot)
        close(buckets)
        try? FileManager.default.removeItem(at: directory)
    }

    @Test func theProbeFindsEveryLayerThatThisKernelHas() {
        defer { try? FileManager.default.removeItem(at: directory) }
        let missing = SandboxProbe.missingLayers(emptyRoot: emptyRoot, buckets: buckets)
        #expect(missing.contains { $0.layer == .landlock } == (clinux_landlock_abi() < SandboxProbe.landlockVersion))
        #expect(!missing.contains { $0.layer == .chroot })
        #expect(!missing.contains { $0.layer == .seccomp })
    }
}
