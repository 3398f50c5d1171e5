import SessionControl
import Testing

@testable import berth_sftpd

@Suite struct AdmissionTests {
    /// Kept for known sources: 1 of those that have not logged in, 2 in all.
    private let limits = Admission<Int>.Limits(sessions: 20, sessionsPerSource: 4, unauthenticated: 6)

    /// Sources of networks that have nothing in common.
    private func source(_ number: UInt64) -> AddressSource { AddressSource(isIPv4: true, bits: number << 16) }

    /// Connections 0, 1, 2, … of these sources, in this order.
    private func open(_ sources: [UInt64], known: Set<UInt64> = [], loggedIn: Bool = false) -> Admission<Int> {
        var admission = Admission<Int>()
        for (id, number) in sources.enumerated() {
            admission.add(id, source: source(number), isKnown: known.contains(number), hasLoggedIn: loggedIn)
        }
        return admission
    }

    private func decide(
        _ admission: Admission<Int>, _ number: UInt64, isKnown: Bool = false
    ) -> Admission<Int>.Decision {
        admission.decide(source: source(number), isKnown: isKnown, limits: limits)
    }

    @Test func thereIsRoomAtFirst() {
        #expect(decide(open([]), 1) == .admit)
        #expect(decide(open([1, 1, 1, 2]), 1) == .admit)
    }

    @Test func oneSourceGetsItsShareOnly() {
        #expect(
            decide(open([1, 1, 1, 1], loggedIn: true), 1) == .refuse(reason: "too many connections from this address"))
        #expect(decide(open([1, 1, 1, 1]), 2) == .admit)
    }

    @Test func connectionsThatHaveNotLoggedInMakeRoomForOthersOfTheirSource() {
        #expect(decide(open([2, 1, 1, 1, 1]), 1) == .admitInPlaceOf(1))
        var one = open([1, 1, 1], loggedIn: true)
        one.add(3, source: source(1), isKnown: true)
        #expect(decide(one, 1) == .admitInPlaceOf(3))
        one.logIn(3)
        #expect(decide(one, 1) == .refuse(reason: "too many connections from this address"))
        one.remove(0)
        #expect(decide(one, 1) == .admit)
    }

    @Test func theOldestOfTheSourceThatHoldsMostMakesRoom() {
        #expect(decide(open([3, 1, 2, 2, 2]), 9) == .admitInPlaceOf(2))
        #expect(decide(open([3, 1, 2, 2, 1]), 9) == .admitInPlaceOf(1))
        #expect(decide(open([3, 1, 2, 4, 5]), 9) == .admitInPlaceOf(0))
    }

    @Test func aShareOfThoseThatHaveNotLoggedInIsKeptForSourcesThatAreKnown() {
        let full = open([1, 2, 3, 4, 5])
        #expect(decide(full, 9) == .admitInPlaceOf(0))
        #expect(decide(full, 9, isKnown: true) == .admit)
        var fuller = full
        fuller.add(5, source: source(9), isKnown: true)
        #expect(decide(fuller, 10, isKnown: true) == .admitInPlaceOf(0))
        // Whoever is not known never pushes one out that is.
        fuller.add(6, source: source(9), isKnown: true)
        fuller.add(7, source: source(9), isKnown: true)
        #expect(decide(fuller, 10) == .admitInPlaceOf(0))
        // A known source that holds most pays as anybody does.
        #expect(decide(fuller, 10, isKnown: true) == .admitInPlaceOf(5))
    }

    @Test func aShareOfAllConnectionsIsKeptForSourcesThatAreKnown() {
        var admission = open((1...18).map { $0 }, loggedIn: true)
        #expect(decide(admission, 30) == .refuse(reason: "too many connections"))
        #expect(decide(admission, 30, isKnown: true) == .admit)
        admission.add(18, source: source(40), isKnown: true)
        admission.add(19, source: source(41), isKnown: false)
        #expect(decide(admission, 30) == .admitInPlaceOf(19))
        #expect(decide(admission, 30, isKnown: true) == .admitInPlaceOf(19))
        admission.remove(19)
        admission.add(20, source: source(42), isKnown: true, hasLoggedIn: true)
        #expect(decide(admission, 30) == .refuse(reason: "too many connections"))
        #expect(decide(admission, 30, isKnown: true) == .admitInPlaceOf(18))
        admission.logIn(18)
        #expect(decide(admission, 30, isKnown: true) == .refuse(reason: "too many connections"))
    }

    @Test func aWholeNetworkPaysForItsSourcesAndAProviderIsNotTakenForOne() {
        let limits = Admission<Int>.Limits(sessions: 1_000, sessionsPerSource: 100, unauthenticated: 40)
        func ipv6(_ network: UInt64, _ subnet: UInt64) -> AddressSource {
            AddressSource(isIPv4: false, bits: 0x2001_0db8_0000_0000 + network << 16 + subnet)
        }
        func pool(_ attackers: Int) -> Admission<Int> {
            var admission = Admission<Int>()
            // Three partners who came first, one of them twice, then one /48 with a connection from each /64.
            for (id, network) in [(0, 7), (1, 7), (2, 8), (3, 9)] as [(Int, UInt64)] {
                admission.add(id, source: ipv6(network, 0), isKnown: false)
            }
            for index in 0..<attackers { admission.add(10 + index, source: ipv6(1, UInt64(index)), isKnown: false) }
            return admission
        }
        #expect(
            pool(26).decide(source: ipv6(5, 0), isKnown: false, limits: limits) == .admitInPlaceOf(10),
            "26 connections of a network outweigh two of a source")
        var few = pool(8)
        for index in 0..<18 { few.add(100 + index, source: source(UInt64(index)), isKnown: false) }
        #expect(
            few.decide(source: ipv6(5, 0), isKnown: false, limits: limits) == .admitInPlaceOf(0),
            "eight customers of a provider don't")
    }

    @Test func countsStayTrueThroughManyChanges() {
        var random = SystemRandomNumberGenerator()
        var admission = Admission<Int>()
        var model: [Int: (source: AddressSource, loggedIn: Bool)] = [:]
        for id in 0..<4_000 {
            let source = AddressSource(
                isIPv4: Bool.random(using: &random), bits: .random(in: 0..<40, using: &random) << 5)
            admission.add(id, source: source, isKnown: source.bits % 3 == 0)
            model[id] = (source, false)
            if let other = model.keys.randomElement(using: &random) {
                if Bool.random(using: &random) {
                    admission.logIn(other)
                    model[other]?.loggedIn = true
                } else {
                    admission.remove(other)
                    model[other] = nil
                }
            }
            guard id % 50 == 0 else { continue }
            #expect(admission.count == model.count)
            #expect(admission.unauthenticatedCount == model.values.count { !$0.loggedIn })
            let held = Dictionary(grouping: model.values, by: \.source).mapValues(\.count)
            for (source, count) in held {
                let all = Admission<Int>.Limits(sessions: .max, sessionsPerSource: count, unauthenticated: .max)
                #expect(admission.decide(source: source, isKnown: true, limits: all) != .admit)
                let more = Admission<Int>.Limits(sessions: .max, sessionsPerSource: count + 1, unauthenticated: .max)
                #expect(admission.decide(source: source, isKnown: true, limits: more) == .admit)
            }
        }
        for id in model.keys { admission.remove(id) }
        #expect(admission.count == 0 && admission.unauthenticatedCount == 0)
    }
}

@Suite struct KnownSourcesTests {
    private func source(_ bits: UInt64) -> AddressSource { AddressSource(isIPv4: true, bits: bits) }

    @Test func theOnesHeardOfLongestAgoMakeRoom() {
        var known = KnownSources(capacity: 80)
        for bits in 0..<80 as Range<UInt64> { known.insert(source(bits)) }
        known.insert(source(0))
        known.insert(source(100))
        #expect(known.count == 71)
        #expect(known.contains(source(0)) && known.contains(source(100)) && known.contains(source(11)))
        #expect(!known.contains(source(1)) && !known.contains(source(10)) && !known.contains(source(200)))
        #expect(known.all.suffix(2) == [source(0), source(100)])
    }
}

@Suite struct ProxiedConnectionsTests {
    private func connection(_ socket: CInt, balancer: String = "192.0.2.1:1") -> ProxiedConnection {
        ProxiedConnection(
            socket: socket, balancer: PeerAddress(text: balancer), isLegacySocket: false, deadline: Int64(socket) * 10)
    }

    @Test func eachBalancerHasABoundOfItsOwnAndItsOldestMakesRoom() {
        var proxied = ProxiedConnections()
        proxied.add(connection(3, balancer: "192.0.2.2:1"))
        for socket in 10..<CInt(10 + ProxiedConnections.perBalancerMax) {
            #expect(proxied.inTheWay(of: PeerAddress(text: "192.0.2.1:7")) == nil)
            proxied.add(connection(socket))
        }
        #expect(proxied.inTheWay(of: PeerAddress(text: "192.0.2.1:7"))?.socket == 10)
        #expect(proxied.inTheWay(of: PeerAddress(text: "192.0.2.2:7")) == nil)
        proxied.remove(10)
        #expect(proxied.inTheWay(of: PeerAddress(text: "192.0.2.1:7")) == nil)
    }

    @Test func allTogetherAreBounded() {
        var proxied = ProxiedConnections()
        for index in 0..<ProxiedConnections.countMax {
            proxied.add(connection(CInt(index + 3), balancer: "192.0.2.\(index % 10):1"))
        }
        #expect(proxied.inTheWay(of: PeerAddress(text: "198.51.100.1:1"))?.socket == 3)
        #expect(proxied.nextDeadline == 30 && proxied.first?.socket == 3)
        for index in 0..<ProxiedConnections.countMax { proxied.remove(CInt(index + 3)) }
        #expect(proxied.count == 0 && proxied.nextDeadline == nil)
        #expect(proxied.inTheWay(of: PeerAddress(text: "198.51.100.1:1")) == nil)
    }
}
