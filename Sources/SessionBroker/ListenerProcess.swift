import Foundation
import Glibc
import SessionControl

/// A listener that the broker started.
struct ListenerProcess {
    let pid: pid_t
    /// The broker's end of the control link.
    let control: CInt

    /// What could not be done.
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    /// glibc copies blocks of more than a few KiB by `rep movsb`, which is several times slower than its vector loop when the
    /// blocks lie unluckily on AMD's Zen 3 and 4 (glibc bug 30994). libssh copies each packet of an upload that way: without
    /// this a 1 GiB upload takes 1.45 times as long there.
    private static let tunables = "GLIBC_TUNABLES=glibc.cpu.x86_rep_movsb_threshold=1073741824"

    /// The number that the listener finds its end of the link at.
    private static let controlPlace: CInt = 3

    /// Starts the executable, in a process group of its own, so that a Ctrl-C in a terminal reaches the broker alone.
    static func start(_ executable: String) throws -> ListenerProcess {
        let pair = try SeqPacketSocket.pair()
        defer { close(pair.1) }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        // dup2 to the same number would leave close-on-exec set.
        let source = pair.1 == controlPlace ? fcntl(pair.1, F_DUPFD_CLOEXEC, 64) : pair.1
        defer { if source != pair.1 { close(source) } }
        posix_spawn_file_actions_adddup2(&actions, source, controlPlace)
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setpgroup(&attributes, 0)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK))

        let arguments = [executable, "--control-fd", String(controlPlace)]
        // Nothing of our environment is the listener's business, least of all a key in it. Swift's backtracer would be
        // code that runs in a broken session.
        let environment = ["PATH=/usr/bin:/bin", "SWIFT_BACKTRACE=enable=no", tunables]
        var pid: pid_t = 0
        let result = withCStrings(arguments) { argv in
            withCStrings(environment) { envp in posix_spawn(&pid, executable, &actions, &attributes, argv, envp) }
        }
        guard result == 0 else {
            close(pair.0)
            throw Failure(description: "can't start \(executable): \(String(cString: strerror(result)))")
        }
        return ListenerProcess(pid: pid, control: pair.0)
    }

    private static func withCStrings<Result>(
        _ strings: [String], _ body: ([UnsafeMutablePointer<CChar>?]) -> Result
    ) -> Result {
        let copies = strings.map { strdup($0) }
        defer { for copy in copies { free(copy) } }
        return body(copies + [nil])
    }
}
