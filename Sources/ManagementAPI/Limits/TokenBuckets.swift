import SessionControl

/// So many requests a second for each key, and two seconds' worth of them at once. Of a fixed number of keys: the one that
/// owes least makes room.
///
/// A bucket is kept as the one time at which it is full again (the generic cell rate algorithm, ITU-T I.371), so one that is
/// full is none. Pure; times are of the monotonic clock in nanoseconds.
struct TokenBuckets<Key: Hashable> {
    /// What a bucket holds, in the time that it takes to fill.
    static var depth: Int64 { 2_000_000_000 }

    private let interval: Int64
    private let capacity: Int
    private var fullAt = PriorityTable<Key, Lowest<Int64>>()

    init(perSecond: Int, capacity: Int = 65_536) {
        interval = 1_000_000_000 / Int64(max(1, perSecond))
        self.capacity = max(1, capacity)
    }

    var count: Int { fullAt.count }

    /// Takes a token for a request.
    ///
    /// - Returns: nil when it was taken; otherwise the nanoseconds until there is one.
    mutating func take(_ key: Key, now: Int64) -> Int64? {
        let missing = max(0, (fullAt[key]?.value ?? now) - now) + interval
        guard missing <= Self.depth else { return missing - Self.depth }
        if fullAt[key] == nil, fullAt.count >= capacity, let least = fullAt.first { fullAt[least.key] = nil }
        fullAt[key] = Lowest(now + missing)
        return nil
    }
}
