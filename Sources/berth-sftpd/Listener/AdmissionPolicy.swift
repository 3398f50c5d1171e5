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
    /// room: whoever floods pays, and nobody is refused by chance. So it is within one source too: connections that never
    /// speak keep nobody out who comes from the same address.
    func decide<ID: Equatable>(source: PeerAddress.Source, open: [Connection<ID>]) -> Decision<ID> {
        let same = open.filter { $0.source == source }
        if same.count >= maxSessionsPerAddress {
            let oldest = same.filter { !$0.isAuthenticated }.min { $0.acceptedAt < $1.acceptedAt }
            guard let oldest else { return .refuse(reason: "too many connections from this address") }
            return .admitInPlaceOf(oldest.id)
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
