import Glibc
import Synchronization

/// Signals that end or stop the program, held back while the terminal shows nothing: as readpassphrase(3) does it.
enum HeldSignals {
    private static let numbers = [SIGALRM, SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGTSTP, SIGTTIN, SIGTTOU]
    /// Where the handler writes what came. It does nothing else: any thread may be the one that a signal meets.
    private static let told = Atomic<CInt>(-1)

    /// Runs `body`; then the signals that came meanwhile do what they do without it.
    ///
    /// - Parameter body: gets a descriptor that is readable once a signal came.
    static func during<Value>(_ body: (_ arrivals: CInt) throws(CommandFailure) -> Value) throws(CommandFailure)
        -> Value
    {
        var ends: [CInt] = [-1, -1]
        guard pipe(&ends) == 0 else {
            throw CommandFailure(.failure, "there is no pipe to ask with: \(String(cString: strerror(errno)))")
        }
        for end in ends { _ = fcntl(end, F_SETFL, O_NONBLOCK) }
        told.store(ends[1], ordering: .releasing)
        let before = numbers.compactMap(hold)
        // The threads of Swift's executor block all signals, and would neither be stopped nor be kept from a terminal that
        // another program is in front of.
        let mask = masked(SIG_UNBLOCK)
        defer {
            for (number, action) in before {
                var action = action
                sigaction(number, &action, nil)
            }
            for number in arrived(ends[0]) {
                // Swift's handler would show where the program was, and ask what to do.
                if number == SIGQUIT { signal(number, SIG_DFL) }
                // To this thread: the program is over, or was stopped, when this returns.
                raise(number)
            }
            restore(mask)
            told.store(-1, ordering: .releasing)
            close(ends[0])
            close(ends[1])
        }
        return try body(ends[0])
    }

    /// Runs `body` without letting a signal of the terminal interrupt or stop this thread.
    static func keptOff(_ body: () -> Void) {
        let mask = masked(SIG_BLOCK)
        body()
        restore(mask)
    }

    /// What the signal did before; nil when it is ignored, as SIGHUP under nohup(1), and stays so.
    private static func hold(_ number: CInt) -> (CInt, sigaction)? {
        var before = sigaction()
        guard sigaction(number, nil, &before) == 0,
            unsafeBitCast(before.__sigaction_handler.sa_handler, to: Int.self) != unsafeBitCast(SIG_IGN, to: Int.self)
        else { return nil }
        // Without SA_RESTART: a call that a program in the background may not make is repeated for ever otherwise.
        var action = sigaction()
        action.__sigaction_handler.sa_handler = { number in
            let code = errno
            var byte = UInt8(truncatingIfNeeded: number)
            _ = write(HeldSignals.told.load(ordering: .acquiring), &byte, 1)
            errno = code
        }
        return sigaction(number, &action, nil) == 0 ? (number, before) : nil
    }

    /// Each signal that came, once.
    private static func arrived(_ descriptor: CInt) -> [CInt] {
        var came: [CInt] = []
        var byte: UInt8 = 0
        while read(descriptor, &byte, 1) == 1 {
            if !came.contains(CInt(byte)) { came.append(CInt(byte)) }
        }
        return came
    }

    private static func masked(_ how: CInt) -> sigset_t {
        var set = sigset_t()
        var before = sigset_t()
        sigemptyset(&set)
        for number in numbers { sigaddset(&set, number) }
        pthread_sigmask(how, &set, &before)
        return before
    }

    private static func restore(_ mask: sigset_t) {
        var mask = mask
        pthread_sigmask(SIG_SETMASK, &mask, nil)
    }
}
