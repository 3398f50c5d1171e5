import Glibc

/// Which ends of a session's process are faults: it was made to do what its program never does.
///
/// All sessions are forked from one process and share its address layout and stack canary, so each fault may be a guess at
/// those, and a survivor tells whoever guesses that the guess was right. After one, its source is blocked and the listener
/// gets a new layout.
enum SessionFault {
    /// Seconds for which the source of a session that died by a fault is blocked.
    static let blockSeconds: UInt32 = 90

    /// Whether a process that ended by the signal was at fault. SIGPROF is the watchdog's: a process that spins is what an
    /// attacker looks for who can't see more than "died" and "did not die". SIGKILL, SIGTERM and their like come from
    /// outside: from the listener itself, the kernel when memory is short, or an operator.
    static func isFault(signal: CInt) -> Bool {
        switch signal {
        case SIGSEGV, SIGBUS, SIGILL, SIGABRT, SIGFPE, SIGTRAP, SIGSYS, SIGPROF: true
        default: false
        }
    }

    /// The end in words.
    static func cause(ofSignal signal: CInt) -> String {
        switch signal {
        case SIGSYS: "a system call that no session makes"
        case SIGPROF: "too much processor time in one step"
        default: isFault(signal: signal) ? "a fault" : "a signal from outside"
        }
    }
}
