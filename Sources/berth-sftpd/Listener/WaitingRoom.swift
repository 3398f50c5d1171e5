import SessionControl

/// Connections of strangers that came faster than sessions are started (``EntryPace``). Each waits as a descriptor, which
/// costs next to nothing, however many a flood holds. Bounded in all and for each source; the oldest makes room. Pure.
///
/// The newest one that has identified itself goes first: who connects and means it is served at once. In order of arrival
/// everybody would wait for a whole flood. Before newer ones of sources that took places lately and did not log in go
/// those of sources that did not.
struct WaitingRoom {
    /// A connection that waits.
    struct Guest: Equatable {
        let socket: CInt
        let peer: PeerAddress
        let isLegacySocket: Bool
        /// By the monotonic clock in milliseconds.
        let arrivedAt: Int64
    }

    /// In all, where descriptors suffice, and from one source.
    static let capacityMax = 4_096
    static let perSourceMax = 8
    /// So many of the newest are looked at for one from a source that is not doubtful.
    private static let lookBack = 32

    /// A place in an order; it is void once its guest has left.
    private struct Ticket {
        let socket: CInt
        let number: UInt64
    }

    /// In all; those that are there already stay.
    var capacity = Self.capacityMax

    private var guests: [CInt: (guest: Guest, number: UInt64)] = [:]
    private var perSource: [AddressSource: [CInt]] = [:]
    /// All by arrival, and those who identified themselves, with and without doubts; the newest last.
    private var arrivals: [Ticket] = []
    private var identified: [Ticket] = []
    private var doubtful: [Ticket] = []
    /// Arrivals before this one have left.
    private var firstArrival = 0
    private var lastNumber: UInt64 = 0

    var count: Int { guests.count }
    /// Void tickets included: to be bounded.
    var ticketCount: Int { arrivals.count + identified.count + doubtful.count }

    subscript(socket: CInt) -> Guest? { guests[socket]?.guest }

    /// Who came first.
    var oldest: Guest? {
        mutating get {
            while firstArrival < arrivals.count, !isValid(arrivals[firstArrival]) { firstArrival += 1 }
            return firstArrival < arrivals.count ? self[arrivals[firstArrival].socket] : nil
        }
    }

    /// Whether somebody could be served now.
    var hasIdentified: Bool {
        mutating get {
            while let last = identified.last, !isValid(last) { identified.removeLast() }
            while let last = doubtful.last, !isValid(last) { doubtful.removeLast() }
            return !identified.isEmpty || !doubtful.isEmpty
        }
    }

    /// Who has to leave before one more of that source can wait.
    mutating func inTheWay(of source: AddressSource) -> Guest? {
        if let own = perSource[source], own.count >= Self.perSourceMax { return own.first.flatMap { self[$0] } }
        return count >= capacity ? oldest : nil
    }

    mutating func enter(_ guest: Guest) {
        lastNumber += 1
        guests[guest.socket] = (guest, lastNumber)
        perSource[guest.peer.source, default: []].append(guest.socket)
        arrivals.append(Ticket(socket: guest.socket, number: lastNumber))
        guard arrivals.count > 2 * Self.capacityMax else { return }
        arrivals = arrivals.filter { isValid($0) }
        firstArrival = 0
    }

    /// How many of that source wait.
    func count(of source: AddressSource) -> Int { perSource[source]?.count ?? 0 }

    /// The guest has sent its identification string.
    ///
    /// - Parameter isDoubtful: whether its source has used up much already: others go first.
    mutating func identify(_ socket: CInt, isDoubtful: Bool) {
        guard let number = guests[socket]?.number else { return }
        let ticket = Ticket(socket: socket, number: number)
        if isDoubtful { doubtful.append(ticket) } else { identified.append(ticket) }
        if identified.count > 2 * Self.capacityMax { identified = identified.filter { isValid($0) } }
        if doubtful.count > 2 * Self.capacityMax { doubtful = doubtful.filter { isValid($0) } }
    }

    /// Takes out who is served next.
    mutating func takeNext() -> Guest? {
        guard hasIdentified, let ticket = identified.popLast() ?? doubtful.popLast() else { return nil }
        defer { leave(ticket.socket) }
        return self[ticket.socket]
    }

    mutating func leave(_ socket: CInt) {
        guard let guest = guests.removeValue(forKey: socket)?.guest else { return }
        perSource[guest.peer.source]?.removeAll { $0 == socket }
        if perSource[guest.peer.source]?.isEmpty == true { perSource[guest.peer.source] = nil }
    }

    /// Everybody, by arrival.
    var all: [Guest] { arrivals.filter { isValid($0) }.compactMap { self[$0.socket] } }

    /// Takes everybody out.
    mutating func removeAll() -> [Guest] {
        let all = guests.values.map(\.guest)
        self = WaitingRoom()
        return all
    }

    private func isValid(_ ticket: Ticket) -> Bool { guests[ticket.socket]?.number == ticket.number }
}
