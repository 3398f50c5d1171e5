import CLinux
import SessionControl

/// Ends a process whose event loop spins: libssh can be made to by a hostile client.
///
/// The kernel counts processor time (setitimer(2), ITIMER_PROF), not the clock, so a slow disk does not count, and ends
/// the process by SIGPROF when one turn of the loop used up ``secondsLimit``.
struct Watchdog {
    /// Processor time that one turn may take.
    static let secondsLimit = 10

    private var armedAt: Int64 = .min

    /// To be called each turn of the loop; makes a system call at most once a second.
    mutating func turn(now: Int64) {
        guard armedAt == .min || now - armedAt >= 1_000 else { return }
        armedAt = now
        _ = clinux_arm_processor_timer(Self.secondsLimit)
    }
}
