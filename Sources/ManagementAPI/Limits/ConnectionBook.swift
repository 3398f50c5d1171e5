import SessionControl

/// The connections that are open: how many there are, from where, and which makes room for a new one when all places are
/// taken.
///
/// It is one that has shown no key, or none by its last request, of whoever holds most of those (``PendingPool``): the oldest
/// that never brought a request, then the one that has waited longest for its next, then one whose request is in progress,
/// this one only for somebody who holds less. When none of them makes room, one that has shown a key does, the one that has
/// waited longest for a request, for somebody who holds as little as anybody.
///
/// Pure.
struct ConnectionBook<ID: Hashable> {
    /// What becomes of a new connection.
    enum Verdict: Equatable {
        case admitted
        /// The other one has to be closed.
        case admittedFor(ID, source: AddressSource?)
        /// The address has as many as it may have.
        case tooManyFromAddress
        /// No other one makes room.
        case tooMany
    }

    /// What a connection does, in the order in which they make room.
    private enum Stage: UInt64 {
        case silent
        case waiting
        case busy
    }

    private struct Entry {
        let source: AddressSource?
        var stage = Stage.silent
        var isKnown = false
        /// Of all that have shown no key one with a lower number makes room first.
        var number: UInt64 = 0
    }

    /// What connections without an address are counted by when somebody has to make room.
    private static var nowhere: AddressSource { AddressSource(isIPv4: false, bits: 0) }

    private let limit: Int
    private let limitPerAddress: Int
    private var entries: [ID: Entry] = [:]
    private var counts: [AddressSource: Int] = [:]
    /// Those that have shown no key.
    private var strangers = PendingPool<ID>()
    /// Those that have shown one and wait for a request.
    private var resting = PriorityTable<ID, Lowest<UInt64>>()
    private var turn: UInt64 = 0

    init(limit: Int, limitPerAddress: Int) {
        self.limit = max(1, limit)
        self.limitPerAddress = max(1, limitPerAddress)
    }

    var count: Int { entries.count }

    /// A new connection. What is not admitted is not kept.
    mutating func open(_ id: ID, from source: AddressSource?) -> Verdict {
        if let source, counts[source, default: 0] >= limitPerAddress { return .tooManyFromAddress }
        var verdict = Verdict.admitted
        if entries.count >= limit {
            guard let other = candidate(for: source) else { return .tooMany }
            verdict = .admittedFor(other, source: entries[other]?.source)
            close(other)
        }
        if let source { counts[source, default: 0] += 1 }
        put(id, Entry(source: source))
        return verdict
    }

    /// The head of a request has come.
    mutating func begin(_ id: ID) {
        guard let entry = entries[id], entry.stage != .busy else { return }
        change(id) { $0.stage = .busy }
    }

    /// All requests have been answered.
    mutating func end(_ id: ID) {
        guard let entry = entries[id], entry.stage == .busy else { return }
        change(id) { $0.stage = .waiting }
    }

    /// Its last request has a key that is valid.
    mutating func know(_ id: ID) {
        guard let entry = entries[id], !entry.isKnown else { return }
        change(id) { $0.isKnown = true }
    }

    /// Its last request had no key that is valid.
    mutating func forget(_ id: ID) {
        guard let entry = entries[id], entry.isKnown else { return }
        change(id) { $0.isKnown = false }
    }

    /// The connection is closed.
    mutating func close(_ id: ID) {
        guard let entry = takeOut(id), let source = entry.source else { return }
        let left = counts[source, default: 1] - 1
        counts[source] = left > 0 ? left : nil
    }

    /// Who makes room for a new connection of a source.
    private func candidate(for source: AddressSource?) -> ID? {
        let load = strangers.loadWithOneMore(of: source ?? Self.nowhere)
        if let next = strangers.next {
            let isBusy = entries[next.id]?.stage == .busy
            let isFair = next.weight.load > load
            if !isBusy || isFair { return next.id }
        }
        // Otherwise those that wait would keep all others out for as long as they like to. But nobody puts them out for a
        // second connection without a key.
        return load <= PendingPool<ID>.networkDiscount ? resting.first?.key : nil
    }

    private mutating func change(_ id: ID, _ body: (inout Entry) -> Void) {
        guard var entry = takeOut(id) else { return }
        body(&entry)
        put(id, entry)
    }

    private mutating func put(_ id: ID, _ entry: Entry) {
        var entry = entry
        turn += 1
        entry.number = turn + (entry.stage.rawValue << 62)
        entries[id] = entry
        if !entry.isKnown {
            strangers.add(id, number: entry.number, source: entry.source ?? Self.nowhere)
        } else if entry.stage == .waiting {
            resting[id] = Lowest(entry.number)
        }
    }

    private mutating func takeOut(_ id: ID) -> Entry? {
        guard let entry = entries.removeValue(forKey: id) else { return nil }
        if !entry.isKnown { strangers.remove(number: entry.number, source: entry.source ?? Self.nowhere) }
        resting[id] = nil
        return entry
    }
}
