import Testing

@testable import SessionBroker

@Suite struct MessageAllowanceTests {
    /// Messages of so many bytes that are taken in a row.
    private func taken(_ allowance: inout MessageAllowance, bytes: Int = 50, now: Int64) -> Int {
        var count = 0
        while !allowance.isUsedUp(now: now), count < 1_000_000 {
            allowance.take(bytes: bytes, now: now)
            count += 1
        }
        return count
    }

    @Test func tenThousandSmallFilesAtOnceAreNoFlood() {
        var allowance = MessageAllowance(MessageRate(), now: 0)
        #expect(taken(&allowance, now: 0) >= 10_000)
    }

    @Test func afterTheBurstItIsSoManyASecondAndNeverMoreThanTheBurst() {
        var allowance = MessageAllowance(MessageRate(burst: 100, perSecond: 10), now: 0)
        #expect(taken(&allowance, now: 0) == 100)
        #expect(taken(&allowance, now: 99) == 0 && taken(&allowance, now: 100) == 1)
        #expect(taken(&allowance, now: 1_100) == 10)
        #expect(taken(&allowance, now: 10_000_000) == 100)
    }

    @Test func longMessagesCountForMore() {
        var allowance = MessageAllowance(MessageRate(burst: 100, perSecond: 10), now: 0)
        #expect(taken(&allowance, bytes: 9 * 1_024, now: 0) == 10)
    }

    @Test func aClockThatStandsStillGivesNothing() {
        var allowance = MessageAllowance(MessageRate(burst: 5, perSecond: 1_000), now: 50)
        #expect(taken(&allowance, now: 50) == 5 && taken(&allowance, now: 50) == 0 && taken(&allowance, now: 10) == 0)
    }
}
