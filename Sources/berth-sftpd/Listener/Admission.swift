import SessionControl

/// Keeps count of open connections and decides about new ones, at a cost that hardly depends on how many there are.
/// Pure: it is told everything and does nothing.
struct Admission<ID: Hashable> {
    /// How many connections there may be.
    struct Limits: Equatable {
        /// At once.
        var sessions: Int
        /// At once from one source.
        var sessionsPerSource: Int
        /// At once that have not logged in.
        var unauthenticated: Int

        /// Of those, what is kept for sources from which somebody logged in lately.
        var unauthenticatedKept: Int { unauthenticated / 4 }
        /// The same of all connections.
        var sessionsKept: Int { sessions / 10 }
    }

    /// What to do with a new connection.
    enum Decision: Equatable {
        case admit
        /// Admit it in the place of this one, which has not logged in.
        case admitInPlaceOf(ID)
        case refuse(reason: String)
    }

    private struct Connection {
        let number: UInt64
        let source: AddressSource
        let isKnown: Bool
        var hasLoggedIn: Bool
    }

    private var connections: [ID: Connection] = [:]
    private var perSource: [AddressSource: Int] = [:]
    /// Those that have not logged in, from sources that are known and from others.
    private var known = PendingPool<ID>()
    private var unknown = PendingPool<ID>()
    private var lastNumber: UInt64 = 0

    var count: Int { connections.count }
    var unauthenticatedCount: Int { known.count + unknown.count }

    /// Connections of a source that have not logged in.
    func unauthenticatedCount(of source: AddressSource) -> Int { known.count(of: source) + unknown.count(of: source) }

    /// When those that have not logged in use up their share, the oldest one of whoever holds most of them makes room:
    /// whoever floods pays, and nobody is refused by chance. So it is within one source too: connections that never speak
    /// keep nobody out who comes from the same address. Sources that are not known don't get at what is kept for those
    /// that are.
    ///
    /// - Parameter isKnown: whether somebody logged in from the source lately.
    func decide(source: AddressSource, isKnown: Bool, limits: Limits) -> Decision {
        if perSource[source, default: 0] >= limits.sessionsPerSource {
            guard let oldest = known.oldest(of: source) ?? unknown.oldest(of: source) else {
                return .refuse(reason: "too many connections from this address")
            }
            return .admitInPlaceOf(oldest)
        }
        if !isKnown {
            let isShareUsedUp = unknown.count >= limits.unauthenticated - limits.unauthenticatedKept
            if isShareUsedUp || count >= limits.sessions - limits.sessionsKept {
                guard let victim = unknown.next else { return .refuse(reason: "too many connections") }
                return .admitInPlaceOf(victim.id)
            }
        }
        guard unauthenticatedCount >= limits.unauthenticated || count >= limits.sessions else { return .admit }
        guard let victim = next else { return .refuse(reason: "too many connections") }
        return .admitInPlaceOf(victim)
    }

    /// Where both hold equally much, one from a source that is not known makes room.
    private var next: ID? {
        guard let known = known.next else { return unknown.next?.id }
        guard let unknown = unknown.next else { return known.id }
        return unknown.weight.load >= known.weight.load ? unknown.id : known.id
    }

    /// A connection is open.
    mutating func add(_ id: ID, source: AddressSource, isKnown: Bool, hasLoggedIn: Bool = false) {
        guard connections[id] == nil else { return }
        lastNumber += 1
        connections[id] = Connection(number: lastNumber, source: source, isKnown: isKnown, hasLoggedIn: hasLoggedIn)
        perSource[source, default: 0] += 1
        guard !hasLoggedIn else { return }
        if isKnown {
            known.add(id, number: lastNumber, source: source)
        } else {
            unknown.add(id, number: lastNumber, source: source)
        }
    }

    /// A connection has logged in.
    mutating func logIn(_ id: ID) {
        guard let connection = connections[id], !connection.hasLoggedIn else { return }
        connections[id]?.hasLoggedIn = true
        removePending(connection)
    }

    /// A connection has ended, or is about to: it makes no more room.
    mutating func remove(_ id: ID) {
        guard let connection = connections.removeValue(forKey: id) else { return }
        if !connection.hasLoggedIn { removePending(connection) }
        let rest = perSource[connection.source, default: 1] - 1
        perSource[connection.source] = rest > 0 ? rest : nil
    }

    private mutating func removePending(_ connection: Connection) {
        if connection.isKnown {
            known.remove(number: connection.number, source: connection.source)
        } else {
            unknown.remove(number: connection.number, source: connection.source)
        }
    }
}
