import SessionControl

/// The sources that are blocked now, each with its end. Of a fixed size; times are of the monotonic clock in milliseconds.
struct BlockTable {
    private let capacity: Int
    private var ends: [AddressSource: Int64] = [:]
    private var sweepAt: Int64 = 0

    /// Milliseconds between two looks for blocks that are over.
    private static let sweepInterval: Int64 = 60_000

    init(capacity: Int = 65_536) {
        self.capacity = capacity
    }

    var count: Int { ends.count }

    /// What holds and when it ends, for a table that takes over from this one.
    var entries: [(source: AddressSource, endsAt: Int64)] { ends.map { ($0.key, $0.value) } }

    /// Takes over what another table held.
    mutating func restore(_ entries: [(source: AddressSource, endsAt: Int64)]) {
        for entry in entries.prefix(capacity) { ends[entry.source] = entry.endsAt }
    }

    /// Takes blocks, and ends of blocks, as the broker sends them.
    mutating func apply(_ blocks: [AddressBlock], now: Int64) {
        if now >= sweepAt {
            removeEnded(now: now)
            sweepAt = now + Self.sweepInterval
        }
        for block in blocks {
            if block.seconds == 0 {
                ends[block.source] = nil
            } else {
                if ends[block.source] == nil, ends.count >= capacity { makeRoom(now: now) }
                ends[block.source] = now + Int64(block.seconds) * 1_000
            }
        }
    }

    /// Whether connections from the source are refused.
    func isBlocked(_ source: AddressSource, now: Int64) -> Bool {
        ends[source].map { $0 > now } ?? false
    }

    mutating func removeAll() {
        ends = [:]
    }

    /// The block that ends first makes room: it has the least left to protect.
    private mutating func makeRoom(now: Int64) {
        removeEnded(now: now)
        guard ends.count >= capacity, let first = ends.min(by: { $0.value < $1.value }) else { return }
        ends[first.key] = nil
    }

    private mutating func removeEnded(now: Int64) {
        ends = ends.filter { $0.value > now }
    }
}
