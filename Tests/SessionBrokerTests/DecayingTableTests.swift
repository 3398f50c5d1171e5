import Glibc
import SFTPTestSupport
import Testing

@testable import SessionBroker

@Suite struct DecayingTableTests {
    private func table(capacity: Int = 100) -> DecayingTable<Int> {
        DecayingTable(halfLifeMilliseconds: 1_000, capacity: capacity)
    }

    private func isNear(_ one: Double, _ other: Double) -> Bool { abs(one - other) < 1e-6 }

    @Test func aScoreHalvesInItsTime() {
        var table = table()
        #expect(table.score(of: 1, now: 0) == 0)
        table.add(8, to: 1, now: 5_000)
        #expect(isNear(table.score(of: 1, now: 5_000), 8))
        #expect(isNear(table.score(of: 1, now: 6_000), 4))
        #expect(isNear(table.score(of: 1, now: 8_000), 1))
        #expect(isNear(table.add(1, to: 1, now: 8_000), 2))
    }

    @Test func whatIsTakenBackIsGone() {
        var table = table()
        table.add(3, to: 1, now: 0)
        #expect(isNear(table.add(-2, to: 1, now: 0), 1))
        #expect(table.add(-2, to: 1, now: 0) == 0 && table.count == 0)
        #expect(table.add(-1, to: 2, now: 0) == 0 && table.count == 0)
    }

    @Test func theLowestPresentScoreMakesRoom() {
        var table = table(capacity: 3)
        table.add(1, to: 1, now: 3_000)
        table.add(4, to: 2, now: 0)  // half of a failure is left of these
        table.add(5, to: 3, now: 3_000)
        table.add(1, to: 4, now: 3_000)
        #expect(table.count == 3 && table.score(of: 2, now: 3_000) == 0)
        #expect([1, 3, 4].allSatisfy { table.score(of: $0, now: 3_000) >= 0.99 })
    }

    @Test func aFloodOfNewKeysDoesNotPushOutThoseThatFailedOften() {
        var table = table(capacity: 1_000)
        for key in 0..<10 { table.add(5, to: key, now: 0) }
        for key in 1_000..<100_000 { table.add(1, to: key, now: Int64(key) / 100) }
        #expect(table.count == 1_000)
        #expect((0..<10).allSatisfy { table.score(of: $0, now: 1_000) > 2 })
    }

    /// The table beside one that does the plain thing.
    @Test(arguments: 0..<20)
    func itIsAsATableOfDecayingNumbers(seed: Int) {
        var random = SplitMix64(seed: UInt64(seed))
        var table = table(capacity: 16)
        var model: [Int: (score: Double, at: Int64)] = [:]
        var now: Int64 = 0
        func present(_ key: Int) -> Double {
            model[key].map { $0.score * exp2(-Double(now - $0.at) / 1_000) } ?? 0
        }
        for _ in 0..<2_000 {
            now += Int64.random(in: 0...300, using: &random)
            let key = Int.random(in: 0..<40, using: &random)
            let amount = Double.random(in: -1...2, using: &random)
            let score = present(key) + amount
            if score < 1 / 64 {
                model[key] = nil
            } else {
                if model[key] == nil, model.count == 16, let lowest = model.keys.min(by: { present($0) < present($1) })
                {
                    model[lowest] = nil
                }
                model[key] = (score, now)
            }
            table.add(amount, to: key, now: now)
            #expect(table.count == model.count)
            for key in 0..<40 where !isNear(table.score(of: key, now: now), present(key)) {
                Issue.record("seed \(seed): \(key) is \(table.score(of: key, now: now)), not \(present(key))")
                return
            }
        }
    }
}
