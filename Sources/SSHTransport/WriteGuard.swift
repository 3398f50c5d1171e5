import CLibSSH

/// Watches one write from inside: libssh can be made to send packets without end, and does not come back then. It tells
/// its log of each, so the log is where they are counted.
///
/// What the lines say does not matter, only that there are some. A libssh that wrote none would leave it to the watchdog
/// (``SSHConnectionDelegate/armWatchdog(_:seconds:)``).
final class WriteGuard {
    private let library: LibSSHSession
    private let sentMax: UInt64
    private let runaway: () -> Never

    /// - Parameters:
    ///   - packetsMax: packets that may be sent meanwhile.
    ///   - runaway: called inside libssh when there are more; it must not call into libssh.
    init(_ library: LibSSHSession, packetsMax: UInt64, runaway: @escaping () -> Never) {
        self.library = library
        sentMax = library.sentPackets &+ packetsMax
        self.runaway = runaway
    }

    /// Runs the write.
    func watch(_ write: () -> CInt) -> CInt {
        let level = ssh_get_log_level()
        // It can't be taken away again; without a guard it does nothing.
        ssh_set_log_callback { _, _, _, context in
            guard let context else { return }
            Unmanaged<WriteGuard>.fromOpaque(context).takeUnretainedValue().check()
        }
        ssh_set_log_userdata(Unmanaged.passUnretained(self).toOpaque())
        ssh_set_log_level(CInt(SSH_LOG_PACKET))
        defer {
            ssh_set_log_level(level)
            ssh_set_log_userdata(nil)
        }
        return write()
    }

    private func check() {
        if library.sentPackets > sentMax { runaway() }
    }
}
