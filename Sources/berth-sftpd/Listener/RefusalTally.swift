/// Counts refused connections, so that a flood of them makes a line a minute and no more. Times are of the monotonic
/// clock in milliseconds.
struct RefusalTally {
    /// Milliseconds between two lines.
    static let interval: Int64 = 60_000

    private var counts: [AccessRules.Refusal: Int] = [:]
    /// When the next line is due; nil in quiet times.
    private(set) var dueAt: Int64?

    /// Counts one.
    ///
    /// - Returns: true for the first after a quiet time, which is logged by itself and not counted.
    mutating func add(_ refusal: AccessRules.Refusal, now: Int64) -> Bool {
        guard dueAt != nil else {
            dueAt = now + Self.interval
            return true
        }
        counts[refusal, default: 0] += 1
        return false
    }

    /// What has gathered when a line is due; empty when none is. A minute without any ends the counting.
    mutating func take(now: Int64) -> [(refusal: AccessRules.Refusal, count: Int)] {
        guard let dueAt, now >= dueAt else { return [] }
        let taken = AccessRules.Refusal.allCases.compactMap { refusal in counts[refusal].map { (refusal, $0) } }
        counts = [:]
        self.dueAt = taken.isEmpty ? nil : now + Self.interval
        return taken
    }
}
