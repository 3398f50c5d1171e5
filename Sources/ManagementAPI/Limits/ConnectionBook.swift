import SessionControl

/// The connections that are open: how many there are, from where, and which makes room for a new one when all places are
/// taken: of those that wait for a request the one that never brought one, and then the one that has waited longest.
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
        /// All connections are busy with a request.
        case tooMany
    }

    private struct Entry {
        let source: AddressSource?
        var hadRequest = false
    }

    private let limit: Int
    private let limitPerAddress: Int
    private var entries: [ID: Entry] = [:]
    private var counts: [AddressSource: Int] = [:]
    /// By how long they have waited, those that had a request behind all others.
    private var waiting = PriorityTable<ID, Lowest<UInt64>>()
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
            guard let first = waiting.first?.key else { return .tooMany }
            verdict = .admittedFor(first, source: entries[first]?.source)
            close(first)
        }
        entries[id] = Entry(source: source)
        if let source { counts[source, default: 0] += 1 }
        wait(id, hadRequest: false)
        return verdict
    }

    /// The head of a request has come.
    mutating func begin(_ id: ID) {
        guard entries[id] != nil else { return }
        entries[id]?.hadRequest = true
        waiting[id] = nil
    }

    /// All requests have been answered.
    mutating func end(_ id: ID) {
        guard let entry = entries[id] else { return }
        wait(id, hadRequest: entry.hadRequest)
    }

    /// The connection is closed.
    mutating func close(_ id: ID) {
        guard let entry = entries.removeValue(forKey: id) else { return }
        waiting[id] = nil
        if let source = entry.source {
            let left = counts[source, default: 1] - 1
            counts[source] = left > 0 ? left : nil
        }
    }

    private mutating func wait(_ id: ID, hadRequest: Bool) {
        turn += 1
        waiting[id] = Lowest(turn + (hadRequest ? 1 << 62 : 0))
    }
}
