import Glibc
import SessionControl

/// Scores that halve in a fixed time, of a fixed number of keys: the key with the lowest present score makes room.
/// Times are of the monotonic clock in milliseconds.
///
/// All scores decay alike, so their order never changes by itself. Each is kept as the one number that stays the same
/// while it decays: its binary logarithm plus the half-lives that have passed since the clock's zero.
struct DecayingTable<Key: Hashable> {
    private let halfLife: Double
    private let capacity: Int
    private var ranks = PriorityTable<Key, Lowest<Double>>()

    /// Less than this is nothing: the entry goes.
    private static var least: Double { 1 / 64 }

    init(halfLifeMilliseconds: Int64, capacity: Int) {
        halfLife = Double(max(1, halfLifeMilliseconds))
        self.capacity = max(1, capacity)
    }

    var count: Int { ranks.count }

    /// The present score of a key; 0 for one that is not held.
    func score(of key: Key, now: Int64) -> Double {
        guard let rank = ranks[key] else { return 0 }
        return exp2(rank.value - Double(now) / halfLife)
    }

    /// Adds to a key's score, or takes from it when `amount` is negative; the score then.
    @discardableResult
    mutating func add(_ amount: Double, to key: Key, now: Int64) -> Double {
        let score = score(of: key, now: now) + amount
        guard score >= Self.least else {
            remove(key)
            return 0
        }
        if ranks[key] == nil, ranks.count >= capacity, let lowest = ranks.first { remove(lowest.key) }
        ranks[key] = Lowest(log2(score) + Double(now) / halfLife)
        return score
    }

    mutating func remove(_ key: Key) { ranks[key] = nil }
}
