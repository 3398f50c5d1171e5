import Glibc

/// Which ends of a session's process are faults: it was made to do what its program never does.
///
/// All sessions are forked from one process and share its address layout and stack canary, so each fault may be a guess at
/// those, and a survivor tells whoever guesses that the guess was right. After one, its source is blocked and the listener
/// gets a new layout.
enum SessionFault {
    /// Seconds for which the source of a session that died by a fault is blocked.
    static let blockSeconds: UInt32 = 90

    /// Whether a process that ended by the signal was at fault. SIGKILL, SIGTERM and their like come from outside: from
    /// the listener itself, the kernel when memory is short, or an operator.
    static func isFault(signal: CInt) -> Bool {
        switch signal {
        case SIGSEGV, SIGBUS, SIGILL, SIGABRT, SIGFPE, SIGTRAP, SIGSYS: true
        default: false
        }
    }

    /// Whether the watchdog ended the process (``Watchdog``). That tells of no broken memory: who guesses at addresses by
    /// whether a process spins has to miss many times for each hit, and the misses are faults. But a source that can use
    /// up seconds of processor time each time it comes is kept away for as long as after a fault.
    static func isWaste(signal: CInt) -> Bool { signal == SIGPROF }

    /// The end in words.
    static func cause(ofSignal signal: CInt) -> String {
        switch signal {
        case SIGSYS: "a system call that no session makes"
        case SIGPROF: "too much processor time in one step"
        default: isFault(signal: signal) ? "a fault" : "a signal from outside"
        }
    }
}
