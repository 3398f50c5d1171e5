import Foundation
import Registry
import SessionControl

/// The blocks that hold, and for a day those that held, since the next one of the same source lasts twice as long. Of a
/// fixed size, and pure: it is told the time.
struct BlockBook {
    /// How long a block is remembered after its end, in seconds.
    static let memorySeconds = 86_400.0
    /// The longest block in seconds.
    static let longestSeconds = 86_400.0

    private let capacity: Int
    private var entries: [AddressSource: BlockedSource] = [:]
    /// Those that have not been reported as ended.
    private var holding: Set<AddressSource> = []
    private var lastID: Int64 = 0

    init(capacity: Int = LoginGuard.capacity) {
        self.capacity = max(1, capacity)
    }

    /// Whether blocks hold, or did when ``takeEnded(now:)`` was asked last.
    var isQuiet: Bool { holding.isEmpty }

    var count: Int { entries.count }

    /// Blocks that hold, or did when ``takeEnded(now:)`` was asked last.
    var holdingCount: Int { holding.count }

    /// Takes a block over that was kept elsewhere.
    mutating func restore(_ block: BlockedSource, now: Date) {
        guard let source = AddressSource(block.source), entries.count < capacity, !isForgotten(block, now: now) else {
            return
        }
        entries[source] = block
        lastID = max(lastID, block.id)
        if block.endsAt > now { holding.insert(source) }
    }

    /// Blocks a source.
    ///
    /// - Returns: the block, and the source that had to be forgotten for it.
    mutating func begin(_ source: AddressSource, failures: Int, firstSeconds: Int, now: Date) -> (
        block: BlockedSource, forgotten: AddressSource?
    ) {
        var forgotten: AddressSource?
        if entries[source] == nil, entries.count >= capacity {
            forgotten = entries.min { $0.value.endsAt < $1.value.endsAt }?.key
            if let forgotten { _ = remove(forgotten) }
        }
        let earlier = entries[source].flatMap { isForgotten($0, now: now) ? nil : $0 }
        let number = (earlier?.number ?? 0) + 1
        let seconds = min(Double(max(1, firstSeconds)) * pow(2, Double(min(number, 32) - 1)), Self.longestSeconds)
        // Each has its own: it is a place in the list.
        lastID = max(Int64(now.timeIntervalSince1970 * 1_000), lastID + 1)
        let block = BlockedSource(
            source: source.description, beganAt: Date(timeIntervalSince1970: Double(lastID) / 1_000),
            endsAt: now.addingTimeInterval(seconds), number: number, failures: failures,
            reason: "\(failures) failed logins")
        entries[source] = block
        holding.insert(source)
        return (block, forgotten)
    }

    /// Whether the source is blocked.
    func isBlocked(_ source: AddressSource, now: Date) -> Bool {
        entries[source].map { $0.endsAt > now } ?? false
    }

    /// The blocks that hold, in the order in which they began.
    func present(now: Date) -> [BlockedSource] {
        holding.compactMap { entries[$0] }.filter { $0.endsAt > now }.sorted { $0.id < $1.id }
    }

    /// Ends a source's block and forgets it; nil when none holds.
    mutating func end(_ source: AddressSource, now: Date) -> BlockedSource? {
        guard isBlocked(source, now: now) else { return nil }
        return remove(source)
    }

    /// The blocks that have ended since this was asked last.
    mutating func takeEnded(now: Date) -> [BlockedSource] {
        let ended = holding.compactMap { entries[$0] }.filter { $0.endsAt <= now }
        holding = holding.filter { source in entries[source].map { $0.endsAt > now } ?? false }
        return ended.sorted { $0.id < $1.id }
    }

    /// The sources whose blocks have been over for a day; they are gone then.
    mutating func takeForgotten(now: Date) -> [AddressSource] {
        let forgotten = entries.filter { isForgotten($0.value, now: now) }.map(\.key)
        for source in forgotten { _ = remove(source) }
        return forgotten
    }

    private mutating func remove(_ source: AddressSource) -> BlockedSource? {
        holding.remove(source)
        return entries.removeValue(forKey: source)
    }

    private func isForgotten(_ block: BlockedSource, now: Date) -> Bool {
        block.endsAt.addingTimeInterval(Self.memorySeconds) <= now
    }
}
