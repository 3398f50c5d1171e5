import CSpawn
import Foundation
import Glibc

/// A process that a test started: its end can be waited for, and signals reach it alone.
///
/// Not Foundation's `Process`: that reads beyond a buffer when the test program has more than a thousand descriptors open.
package final class ChildProcess: @unchecked Sendable {
    package struct SpawnFailure: Error {
        package let program: String
        package let code: Int32
    }

    package let pid: pid_t
    private let ended = NSCondition()
    private var status: Int32?

    /// Starts a program with the given descriptors as its standard streams.
    package init(
        _ program: String, _ arguments: [String], environment: [String: String], input: Int32, output: Int32,
        error: Int32
    ) throws {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        for (from, to) in [(input, Int32(0)), (output, 1), (error, 2)] {
            posix_spawn_file_actions_adddup2(&actions, from, to)
        }
        _ = spawn_close_from(&actions, 3)

        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        // The test runner may ignore or block signals; what it starts does not.
        var all = sigset_t()
        sigfillset(&all)
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigdefault(&attributes, &all)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setpgroup(&attributes, 0)
        let flags = POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP
        posix_spawnattr_setflags(&attributes, Int16(flags))

        var argv: [UnsafeMutablePointer<CChar>?] = ([program] + arguments).map { strdup($0) } + [nil]
        var envp: [UnsafeMutablePointer<CChar>?] = environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { (argv + envp).forEach { free($0) } }
        var pid: pid_t = 0
        let code = posix_spawnp(&pid, program, &actions, &attributes, &argv, &envp)
        guard code == 0 else { throw SpawnFailure(program: program, code: code) }
        self.pid = pid
        Thread.detachNewThread { [self] in awaitEnd() }
    }

    /// The exit status, 128 + the signal's number after a signal, or nil if the process still runs after the time.
    package func wait(seconds: Double) -> Int32? {
        let deadline = Date(timeIntervalSinceNow: seconds)
        ended.lock()
        defer { ended.unlock() }
        while status == nil {
            if !ended.wait(until: deadline) { break }
        }
        return status
    }

    package var isRunning: Bool { wait(seconds: 0) == nil }

    /// Sends a signal, unless the process has ended (its id may then be another's).
    package func signal(_ number: Int32) {
        ended.lock()
        defer { ended.unlock() }
        if status == nil { kill(pid, number) }
    }

    /// Ends the process with SIGKILL if it still runs, and waits for its end.
    package func end() {
        signal(SIGKILL)
        _ = wait(seconds: 10)
    }

    private func awaitEnd() {
        var info = siginfo_t()
        // Not reaped yet: until `status` is set the id stays this process's own.
        while waitid(P_PID, id_t(pid), &info, WEXITED | WNOWAIT) == -1, errno == EINTR {}
        ended.lock()
        var raw: Int32 = 0
        waitpid(pid, &raw, 0)
        status = raw & 0x7f == 0 ? (raw >> 8) & 0xff : 128 + (raw & 0x7f)
        ended.broadcast()
        ended.unlock()
    }
}
