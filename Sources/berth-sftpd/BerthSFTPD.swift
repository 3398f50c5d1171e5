import CLinux
import Glibc
import SessionControl

/// `berth-sftpd`: the data plane's listener. All it is told on the command line is where the broker is.
@main struct BerthSFTPD {
    static let usage = """
        usage: berth-sftpd --control-fd N | --control-socket PATH

        Berth's SFTP listener. berthd starts it with --control-fd, systemd with --control-socket;
        everything else it is told by berthd over that socket.

        """

    static func main() {
        guard let orders = Orders(CommandLine.arguments.dropFirst()) else {
            let isHelp = CommandLine.arguments.dropFirst().first == "--help"
            _ = write(isHelp ? STDOUT_FILENO : STDERR_FILENO, usage, usage.utf8.count)
            exit(isHelp ? 0 : 64)
        }
        // The host keys are in this memory, and in that of all sessions.
        guard clinux_limit(CLINUX_CORE, 0) == 0, clinux_not_dumpable() == 0 else {
            Log()(.error, "can't start", ["reason": "core dumps can't be kept off: \(describe(errno))"])
            exit(1)
        }
        // A session that ends before its doorkeeper leaves it to this process.
        _ = clinux_adopt_orphans()
        do {
            switch orders {
            case .serve(let supervision):
                if case .spawned(let control) = supervision {
                    // Not all descriptors of berthd's libraries are close-on-exec, and none of them is our business.
                    _ = clinux_close_from(UInt32(control) + 1)
                }
                keepStandardDescriptorsOpen()
                exit(try Listener(supervision: supervision, program: .running()).run())
            case .takeOver(let supervision, let table):
                exit(try Listener(supervision: supervision, program: .running(), table: TableFile.read(table)).run())
            case .tryTable(let file):
                let table = try TableFile.read(file)
                var log = Log()
                log.isQuiet = true
                if let configuration = table.configuration {
                    _ = try Listener.Service.prepare(configuration, log: log)
                }
                exit(TableFile.passedStatus)
            }
        } catch {
            Log()(.error, "can't start", ["reason": "\(error)"])
            exit(1)
        }
    }

    /// Opens /dev/null as 0, and as 1 and 2 where they are closed, so that no other descriptor ever gets these numbers.
    private static func keepStandardDescriptorsOpen() {
        let null = open("/dev/null", O_RDWR)
        guard null >= 0 else { return }
        if null > 0 { dup2(null, STDIN_FILENO) }
        var lowest = null
        while lowest >= 0, lowest <= STDERR_FILENO { lowest = dup(null) }
        if lowest > STDERR_FILENO { close(lowest) }
        if null > STDERR_FILENO { close(null) }
    }
}
