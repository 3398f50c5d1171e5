/// How fast sessions are started for strangers: so many per second, and a burst of them after a quiet time. Pure; times are
/// of the monotonic clock in milliseconds.
///
/// A session costs two to five milliseconds of processor time before its client has shown anything, and as much again until
/// a guessed password is denied. Without a bound those who only connect, or guess, would take all of it.
struct EntryPace {
    /// Milliseconds for one session: 70 of them per second.
    static let interval: Int64 = 14
    /// Sessions at once after a quiet time.
    static let burst: Int64 = 100

    /// When all that was started would have been started at an even pace.
    private var isPaidFor: Int64 = .min / 2

    /// Whether one more may be started now; it is counted then.
    mutating func take(now: Int64) -> Bool {
        guard now >= nextAt else { return false }
        isPaidFor = max(isPaidFor, now) + Self.interval
        return true
    }

    /// When the next one may be started.
    var nextAt: Int64 { isPaidFor - (Self.burst - 1) * Self.interval }

    /// When half of a burst is left again: for those who are not in a hurry.
    var plentyAt: Int64 { isPaidFor - Self.burst / 2 * Self.interval }
}
