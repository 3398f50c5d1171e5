import SessionControl
import Testing

@testable import berth_sftpd

@Suite struct AdmissionPolicyTests {
    private let policy = AdmissionPolicy(maxSessions: 10, maxSessionsPerAddress: 4, maxUnauthenticated: 5)

    private func source(_ bits: UInt64) -> PeerAddress.Source { PeerAddress.Source(isIPv4: true, bits: bits) }

    private func open(_ sources: [UInt64], authenticated: Bool = false) -> [AdmissionPolicy.Connection<Int>] {
        sources.enumerated().map { index, bits in
            AdmissionPolicy.Connection(
                id: index, source: source(bits), acceptedAt: Int64(index), isAuthenticated: authenticated)
        }
    }

    @Test func thereIsRoomAtFirst() {
        #expect(policy.decide(source: source(1), open: open([])) == .admit)
        #expect(policy.decide(source: source(1), open: open([1, 1, 1, 2])) == .admit)
    }

    @Test func oneAddressGetsItsShareOnly() {
        #expect(
            policy.decide(source: source(1), open: open([1, 1, 1, 1], authenticated: true))
                == .refuse(reason: "too many connections from this address"))
        #expect(policy.decide(source: source(2), open: open([1, 1, 1, 1])) == .admit)
    }

    @Test func connectionsThatHaveNotLoggedInMakeRoomForOthersOfTheirAddress() {
        #expect(policy.decide(source: source(1), open: open([2, 1, 1, 1, 1])) == .admitInPlaceOf(1))
        var one = open([1, 1, 1, 1], authenticated: true)
        one[3] = AdmissionPolicy.Connection(id: 3, source: source(1), acceptedAt: 3, isAuthenticated: false)
        #expect(policy.decide(source: source(1), open: one) == .admitInPlaceOf(3))
    }

    @Test func theOldestOfTheSourceThatHoldsMostMakesRoom() {
        #expect(policy.decide(source: source(9), open: open([3, 1, 2, 2, 1, 2])) == .admitInPlaceOf(2))
    }

    @Test func thoseLoggedInNeverMakeRoom() {
        let full = open([1, 2, 3, 4, 5, 6, 7, 8, 9, 10], authenticated: true)
        #expect(policy.decide(source: source(11), open: full) == .refuse(reason: "too many connections"))
        var mixed = full
        mixed[4] = AdmissionPolicy.Connection(id: 4, source: source(5), acceptedAt: 4, isAuthenticated: false)
        #expect(policy.decide(source: source(11), open: mixed) == .admitInPlaceOf(4))
    }
}
