import SessionControl

/// Connections that have not logged in, in the order in which they make room for others.
///
/// The oldest one of whoever holds most goes first. Who holds is a source, or a network of many (an IPv4 /24, an IPv6 /48):
/// a network weighs as much as a source with a quarter of its connections, so that many customers of one provider are not
/// taken for one, and somebody with a whole /48 can't take everything with one connection from each of its sources.
struct PendingPool<ID: Hashable> {
    /// How many connections of a network weigh as much as one of a source.
    static var networkDiscount: Int { 4 }

    /// A network that one party may hold.
    private struct Network: Hashable {
        let isIPv4: Bool
        let bits: UInt64

        init(_ source: AddressSource) {
            isIPv4 = source.isIPv4
            bits = source.isIPv4 ? source.bits >> 8 : source.bits >> 16
        }
    }

    /// How many connections somebody holds, and how old the oldest is.
    struct Weight: Comparable {
        let load: Int
        let oldest: UInt64

        static func < (one: Weight, other: Weight) -> Bool {
            (one.load, other.oldest) < (other.load, one.oldest)
        }
    }

    /// Connections of somebody, by age.
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
    private(set) var count = 0

    /// Adds a connection; later ones have higher numbers.
    mutating func add(_ id: ID, number: UInt64, source: AddressSource) {
        count += 1
        holdings[source, default: Holding()].add(number, id)
        networkHoldings[Network(source), default: Holding()].add(number, id)
        weigh(source)
    }

    /// Takes out a connection that was added.
    mutating func remove(number: UInt64, source: AddressSource) {
        count -= 1
        holdings[source]?.remove(number)
        networkHoldings[Network(source)]?.remove(number)
        weigh(source)
    }

    /// Connections of one source.
    func count(of source: AddressSource) -> Int { holdings[source]?.members.count ?? 0 }

    /// The oldest connection of one source.
    func oldest(of source: AddressSource) -> ID? { holdings[source]?.members.first?.id }

    /// The connection that makes room first, and what it weighs.
    var next: (id: ID, weight: Weight)? {
        guard let source = sources.first, let network = networks.first else { return nil }
        if network.priority.load > source.priority.load {
            return networkHoldings[network.key]?.members.first.map { ($0.id, network.priority) }
        }
        return holdings[source.key]?.members.first.map { ($0.id, source.priority) }
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
