import Glibc
import SessionControl

/// A connection from a balancer whose header has not come whole yet.
struct ProxiedConnection: Equatable {
    let socket: CInt
    /// The balancer.
    let balancer: PeerAddress
    /// Whether it arrived where old algorithms are offered.
    let isLegacySocket: Bool
    /// When it is given up, by the monotonic clock in milliseconds.
    let deadline: Int64
    var bytes: [UInt8] = []
}

/// Connections whose headers are awaited: bounded in all and for each balancer; the oldest makes room.
struct ProxiedConnections {
    /// In all.
    static let countMax = 512
    /// From one balancer. It sends the header right away, so that few wait at any time.
    static let perBalancerMax = 128
    /// Milliseconds for a header to come.
    static let timeout: Int64 = 5_000

    private var connections: [CInt: ProxiedConnection] = [:]
    private var deadlines = PriorityTable<CInt, Lowest<Int64>>()
    /// Of each balancer, by age.
    private var perBalancer: [AddressSource: [CInt]] = [:]

    var count: Int { connections.count }
    var all: [ProxiedConnection] { connections.values.sorted { $0.deadline < $1.deadline } }
    /// When the first one is given up.
    var nextDeadline: Int64? { deadlines.first?.priority.value }
    /// The one that is given up first.
    var first: ProxiedConnection? { deadlines.first.flatMap { connections[$0.key] } }

    subscript(socket: CInt) -> ProxiedConnection? { connections[socket] }

    /// The connection that has to go before one more of that balancer can wait.
    func inTheWay(of balancer: PeerAddress) -> ProxiedConnection? {
        let own = perBalancer[balancer.source, default: []]
        if own.count >= Self.perBalancerMax { return own.first.flatMap { connections[$0] } }
        return count >= Self.countMax ? first : nil
    }

    mutating func add(_ connection: ProxiedConnection) {
        connections[connection.socket] = connection
        deadlines[connection.socket] = Lowest(connection.deadline)
        perBalancer[connection.balancer.source, default: []].append(connection.socket)
    }

    mutating func append(_ bytes: [UInt8], to socket: CInt) {
        connections[socket]?.bytes += bytes
    }

    mutating func remove(_ socket: CInt) {
        guard let connection = connections.removeValue(forKey: socket) else { return }
        deadlines[socket] = nil
        let source = connection.balancer.source
        perBalancer[source]?.removeAll { $0 == socket }
        if perBalancer[source]?.isEmpty == true { perBalancer[source] = nil }
    }
}
