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
        guard let supervision = supervision(from: CommandLine.arguments.dropFirst()) else {
            let isHelp = CommandLine.arguments.dropFirst().first == "--help"
            _ = write(isHelp ? STDOUT_FILENO : STDERR_FILENO, usage, usage.utf8.count)
            exit(isHelp ? 0 : 64)
        }
        if case .spawned(let control) = supervision {
            // Not all descriptors of berthd's libraries are close-on-exec, and none of them is our business.
            _ = clinux_close_from(UInt32(control) + 1)
        }
        keepStandardDescriptorsOpen()
        do {
            exit(try Listener(supervision: supervision).run())
        } catch {
            Log()(.error, "can't start", ["reason": "\(error)"])
            exit(1)
        }
    }

    private static func supervision(from arguments: ArraySlice<String>) -> Listener.Supervision? {
        guard arguments.count == 2, let name = arguments.first, let value = arguments.last else { return nil }
        switch name {
        case "--control-fd":
            guard let descriptor = CInt(value), descriptor > 2 else { return nil }
            return .spawned(control: descriptor)
        case "--control-socket":
            return .standing(path: value)
        default:
            return nil
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
