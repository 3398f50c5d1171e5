/// Decides about a new connection from what is open already. Pure: it is told everything and does nothing.
struct AdmissionPolicy {
    /// Connections at once.
    var maxSessions: Int
    /// Connections at once from one source.
    var maxSessionsPerAddress: Int
    /// Connections at once that have not logged in.
    var maxUnauthenticated: Int

    /// An open connection, as far as it matters here.
    struct Connection<ID> {
        let id: ID
        let source: PeerAddress.Source
        let acceptedAt: Int64
        let isAuthenticated: Bool
    }

    /// What to do with the new connection.
    enum Decision<ID: Equatable>: Equatable {
        case admit
        /// Admit it in the place of this one, which has not logged in.
        case admitInPlaceOf(ID)
        case refuse(reason: String)
    }

    /// When those that have not logged in use up their share, the oldest one of the source that holds most of them makes
    /// room: whoever floods pays, and nobody is refused by chance.
    func decide<ID: Equatable>(source: PeerAddress.Source, open: [Connection<ID>]) -> Decision<ID> {
        guard open.lazy.filter({ $0.source == source }).count < maxSessionsPerAddress else {
            return .refuse(reason: "too many connections from this address")
        }
        let unauthenticated = open.filter { !$0.isAuthenticated }
        if unauthenticated.count >= maxUnauthenticated || open.count >= maxSessions {
            var held: [PeerAddress.Source: Int] = [:]
            for connection in unauthenticated { held[connection.source, default: 0] += 1 }
            let victim = unauthenticated.max { left, right in
                (held[left.source] ?? 0, -left.acceptedAt) < (held[right.source] ?? 0, -right.acceptedAt)
            }
            guard let victim else { return .refuse(reason: "too many connections") }
            return .admitInPlaceOf(victim.id)
        }
        return .admit
    }
}
