import Testing

@testable import ManagementAPI

@Suite struct TokenBucketsTests {
    private let second: Int64 = 1_000_000_000

    @Test(arguments: [1, 3, 100, 20_000]) func twoSecondsWorthAtOnceAndThenTheRate(perSecond: Int) {
        var buckets = TokenBuckets<String>(perSecond: perSecond)
        var now: Int64 = 5
        let burst = (0..<3 * perSecond).count { _ in buckets.take("a", now: now) == nil }
        #expect(burst == 2 * perSecond)
        for _ in 0..<5 {
            now += second
            #expect((0..<2 * perSecond).count { _ in buckets.take("a", now: now) == nil } == perSecond)
        }
        now += 10 * second
        #expect((0..<3 * perSecond).count { _ in buckets.take("a", now: now) == nil } == 2 * perSecond)
    }

    @Test func theWaitIsAsLongAsItTakesAndNoLonger() {
        var buckets = TokenBuckets<String>(perSecond: 4)
        for _ in 0..<8 { #expect(buckets.take("a", now: 0) == nil) }
        #expect(buckets.take("a", now: 0) == second / 4)
        #expect(buckets.take("a", now: second / 4 - 1) == 1)
        #expect(buckets.take("a", now: second / 4) == nil)
    }

    @Test func keysDoNotPayForEachOther() {
        var buckets = TokenBuckets<String>(perSecond: 1)
        for _ in 0..<9 { _ = buckets.take("a", now: 0) }
        #expect(buckets.take("b", now: 0) == nil)
    }

    @Test func theOneThatOwesLeastMakesRoom() {
        var buckets = TokenBuckets<Int>(perSecond: 1, capacity: 100)
        for _ in 0..<9 { _ = buckets.take(-1, now: 0) }
        for key in 0..<10_000 { _ = buckets.take(key, now: 0) }
        #expect(buckets.count == 100)
        #expect(buckets.take(-1, now: 0) != nil)
    }
}
