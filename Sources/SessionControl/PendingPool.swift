/// Connections whose clients have not shown who they are, in the order in which they make room for others.
///
/// The one with the lowest number of whoever holds most goes first. Who holds is a source, or a network of many (an IPv4
/// /24, an IPv6 /48): a network weighs as much as a source with a quarter of its connections, so that many customers of one
/// provider are not taken for one, and somebody with a whole /48 can't take everything with one connection from each of its
/// sources.
///
/// Pure. What is searched is in order; only the few numbers of one source or network are moved.
public struct PendingPool<ID: Hashable> {
    /// How many connections of a network weigh as much as one of a source.
    public static var networkDiscount: Int { 4 }

    /// A network that one party may hold.
    private struct Network: Hashable {
        let isIPv4: Bool
        let bits: UInt64

        init(_ source: AddressSource) {
            isIPv4 = source.isIPv4
            bits = source.isIPv4 ? source.bits >> 8 : source.bits >> 16
        }
    }

    /// How many connections somebody holds, and the lowest of their numbers.
    public struct Weight: Comparable {
        /// Connections; those of a source count ``PendingPool/networkDiscount`` times.
        public let load: Int
        let oldest: UInt64

        /// Whether `one` makes room after `other`: it holds less, or as much and begins later.
        public static func < (one: Weight, other: Weight) -> Bool {
            (one.load, other.oldest) < (other.load, one.oldest)
        }
    }

    /// Connections of somebody, by number.
    private struct Holding {
        private(set) var members: [(number: UInt64, id: ID)] = []

        mutating func add(_ number: UInt64, _ id: ID) {
            members.insert((number, id), at: place(of: number))
        }

        mutating func remove(_ number: UInt64) {
            let place = place(of: number)
            guard place < members.count, members[place].number == number else { return }
            members.remove(at: place)
        }

        /// Where a number is or belongs.
        private func place(of number: UInt64) -> Int {
            var (low, high) = (0, members.count)
            while low < high {
                let middle = (low + high) / 2
                if members[middle].number < number { low = middle + 1 } else { high = middle }
            }
            return low
        }
    }

    private var holdings: [AddressSource: Holding] = [:]
    private var networkHoldings: [Network: Holding] = [:]
    private var sources = PriorityTable<AddressSource, Weight>()
    private var networks = PriorityTable<Network, Weight>()
    /// How many connections there are.
    public private(set) var count = 0

    /// An empty pool.
    public init() {}

    /// Adds a connection under a number of its own; one that makes room later has a higher one.
    public mutating func add(_ id: ID, number: UInt64, source: AddressSource) {
        count += 1
        holdings[source, default: Holding()].add(number, id)
        networkHoldings[Network(source), default: Holding()].add(number, id)
        weigh(source)
    }

    /// Takes out a connection that was added.
    public mutating func remove(number: UInt64, source: AddressSource) {
        count -= 1
        holdings[source]?.remove(number)
        networkHoldings[Network(source)]?.remove(number)
        weigh(source)
    }

    /// Connections of one source.
    public func count(of source: AddressSource) -> Int { holdings[source]?.members.count ?? 0 }

    /// The connection of one source that makes room first.
    public func oldest(of source: AddressSource) -> ID? { holdings[source]?.members.first?.id }

    /// The connection that makes room first, and what it weighs.
    public var next: (id: ID, weight: Weight)? {
        guard let source = sources.first, let network = networks.first else { return nil }
        if network.priority.load > source.priority.load {
            return networkHoldings[network.key]?.members.first.map { ($0.id, network.priority) }
        }
        return holdings[source.key]?.members.first.map { ($0.id, source.priority) }
    }

    /// What the source or its network would weigh with one more connection, whichever weighs more.
    public func loadWithOneMore(of source: AddressSource) -> Int {
        let ofNetwork = networkHoldings[Network(source)]?.members.count ?? 0
        return max(Self.networkDiscount * (count(of: source) + 1), ofNetwork + 1)
    }

    private mutating func weigh(_ source: AddressSource) {
        let network = Network(source)
        sources[source] = holdings[source]?.members.first.map {
            Weight(load: Self.networkDiscount * (holdings[source]?.members.count ?? 0), oldest: $0.number)
        }
        networks[network] = networkHoldings[network]?.members.first.map {
            Weight(load: networkHoldings[network]?.members.count ?? 0, oldest: $0.number)
        }
        if sources[source] == nil { holdings[source] = nil }
        if networks[network] == nil { networkHoldings[network] = nil }
    }
}
