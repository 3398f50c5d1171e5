import SessionControl
import Testing

@testable import berth_sftpd

@Suite struct BlockTableTests {
    private func source(_ bits: UInt64) -> AddressSource { AddressSource(isIPv4: true, bits: bits) }

    private func block(_ bits: UInt64, _ seconds: UInt32) -> AddressBlock {
        AddressBlock(source: source(bits), seconds: seconds)
    }

    @Test func aBlockHoldsForItsTime() {
        var table = BlockTable()
        table.apply([block(1, 60)], now: 1_000)
        #expect(table.isBlocked(source(1), now: 1_000) && table.isBlocked(source(1), now: 60_999))
        #expect(!table.isBlocked(source(2), now: 1_000) && !table.isBlocked(source(1), now: 61_000))
    }

    @Test func aBlockOfNoTimeEndsTheOneThatHolds() {
        var table = BlockTable()
        table.apply([block(1, 60), block(2, 60)], now: 0)
        table.apply([block(1, 0), block(3, 0)], now: 1)
        #expect(!table.isBlocked(source(1), now: 2) && table.isBlocked(source(2), now: 2) && table.count == 1)
    }

    @Test func blocksThatAreOverLeaveByThemselves() {
        var table = BlockTable()
        table.apply((0..<1_000).map { block($0, 10) }, now: 0)
        table.apply([block(5_000, 10)], now: 60_000)
        #expect(table.count == 1)
    }

    @Test func beyondItsSizeTheBlockThatEndsFirstMakesRoom() {
        var table = BlockTable(capacity: 100)
        table.apply((0..<100).map { block($0, 100 + UInt32($0)) }, now: 0)
        table.apply([block(500, 3_600)], now: 1)
        #expect(table.count == 100 && !table.isBlocked(source(0), now: 2))
        #expect(table.isBlocked(source(500), now: 2) && table.isBlocked(source(1), now: 2))
        // One that is there already needs no room.
        table.apply([block(99, 7_200)], now: 3)
        #expect(table.count == 100 && table.isBlocked(source(1), now: 4))
    }
}

@Suite struct RefusalTallyTests {
    /// Whether each of these refusals is logged by itself.
    private func add(_ refusal: AccessRules.Refusal, _ times: [Int64], to tally: inout RefusalTally) -> [Bool] {
        var logged: [Bool] = []
        for now in times { logged.append(tally.add(refusal, now: now)) }
        return logged
    }

    @Test func theFirstIsLoggedByItselfAndTheRestOnceAMinute() {
        var tally = RefusalTally()
        #expect(tally.dueAt == nil)
        #expect(add(.failedLogins, [0, 1, 2, 100], to: &tally) == [true, false, false, false])
        #expect(add(.notAllowed, [200], to: &tally) == [false])
        let early = tally.take(now: 59_999)
        #expect(early.isEmpty && tally.dueAt == 60_000)
        let taken = tally.take(now: 60_000)
        #expect(taken.map(\.refusal) == [.notAllowed, .failedLogins] && taken.map(\.count) == [1, 3])
        #expect(tally.dueAt == 120_000)
        #expect(add(.failedLogins, [60_001], to: &tally) == [false])
    }

    @Test func aQuietMinuteEndsTheCounting() {
        var tally = RefusalTally()
        #expect(add(.blockedNetwork, [0], to: &tally) == [true])
        let taken = tally.take(now: 60_000)
        #expect(taken.isEmpty && tally.dueAt == nil)
        #expect(add(.blockedNetwork, [70_000], to: &tally) == [true])
    }
}
