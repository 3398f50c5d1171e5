import CLinux

/// Ends a process whose event loop spins: libssh can be made to by a hostile client.
///
/// The kernel counts processor time (setitimer(2), ITIMER_PROF), not the clock, so a slow disk does not count, and ends
/// the process by SIGPROF when one turn of the loop used up its share.
struct Watchdog {
    private var armedAt: Int64 = 0
    private var armedSeconds = 0

    /// To be called each turn of the loop; makes a system call at most once a second, unless the limit changes.
    ///
    /// - Parameter secondsLimit: processor time until the next call.
    mutating func turn(now: Int64, secondsLimit: Int) {
        guard secondsLimit != armedSeconds || now - armedAt >= 1_000 else { return }
        armedAt = now
        armedSeconds = secondsLimit
        _ = clinux_arm_processor_timer(secondsLimit)
    }
}
