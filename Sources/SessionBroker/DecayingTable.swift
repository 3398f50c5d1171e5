import Glibc

/// Scores that halve in a fixed time, of a fixed number of keys: the key with the lowest present score makes room.
/// Times are of the monotonic clock in milliseconds.
///
/// All scores decay alike, so their order never changes by itself. Each is kept as the one number that stays the same
/// while it decays: its binary logarithm plus the half-lives that have passed since the clock's zero.
struct DecayingTable<Key: Hashable> {
    private struct Entry {
        let key: Key
        var rank: Double
    }

    private let halfLife: Double
    private let capacity: Int
    /// A binary heap: the lowest rank comes first.
    private var heap: [Entry] = []
    private var places: [Key: Int] = [:]

    /// Less than this is nothing: the entry goes.
    private static var least: Double { 1 / 64 }

    init(halfLifeMilliseconds: Int64, capacity: Int) {
        halfLife = Double(max(1, halfLifeMilliseconds))
        self.capacity = max(1, capacity)
    }

    var count: Int { heap.count }

    /// The present score of a key; 0 for one that is not held.
    func score(of key: Key, now: Int64) -> Double {
        guard let place = places[key], heap.indices.contains(place) else { return 0 }
        return exp2(heap[place].rank - Double(now) / halfLife)
    }

    /// Adds to a key's score, or takes from it when `amount` is negative; the score then.
    @discardableResult
    mutating func add(_ amount: Double, to key: Key, now: Int64) -> Double {
        let score = score(of: key, now: now) + amount
        guard score >= Self.least else {
            remove(key)
            return 0
        }
        let rank = log2(score) + Double(now) / halfLife
        if let place = places[key] {
            heap[place].rank = rank
            settle(place)
        } else {
            if heap.count >= capacity, let lowest = heap.first { remove(lowest.key) }
            heap.append(Entry(key: key, rank: rank))
            places[key] = heap.count - 1
            settle(heap.count - 1)
        }
        return score
    }

    mutating func remove(_ key: Key) {
        guard let place = places.removeValue(forKey: key), let last = heap.popLast(), place < heap.count else { return }
        heap[place] = last
        places[last.key] = place
        settle(place)
    }

    /// Moves an entry up or down to where the heap's order holds.
    private mutating func settle(_ start: Int) {
        var place = start
        while place > 0, heap[place].rank < heap[(place - 1) / 2].rank {
            swap(place, (place - 1) / 2)
            place = (place - 1) / 2
        }
        while true {
            var lowest = place
            for child in [2 * place + 1, 2 * place + 2]
            where child < heap.count && heap[child].rank < heap[lowest].rank {
                lowest = child
            }
            guard lowest != place else { return }
            swap(place, lowest)
            place = lowest
        }
    }

    private mutating func swap(_ one: Int, _ other: Int) {
        heap.swapAt(one, other)
        places[heap[one].key] = one
        places[heap[other].key] = other
    }
}
