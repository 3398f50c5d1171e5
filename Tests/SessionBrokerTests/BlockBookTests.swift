import Foundation
import Registry
import SessionControl
import Testing

@testable import SessionBroker

@Suite struct BlockBookTests {
    private let start = Date(timeIntervalSince1970: 1_800_000_000)

    private func source(_ bits: UInt64) -> AddressSource { AddressSource(isIPv4: true, bits: bits) }

    private func begin(_ book: inout BlockBook, _ bits: UInt64, now: Date) -> BlockedSource {
        book.begin(source(bits), failures: 10, firstSeconds: 60, now: now).block
    }

    @Test func eachBlockWithinADayLastsTwiceAsLongUpToADay() {
        var book = BlockBook()
        var now = start
        var lengths: [Int] = []
        for _ in 0..<14 {
            let block = begin(&book, 1, now: now)
            lengths.append(Int(block.endsAt.timeIntervalSince(now)))
            #expect(book.isBlocked(source(1), now: block.endsAt.addingTimeInterval(-1)))
            #expect(!book.isBlocked(source(1), now: block.endsAt) && !book.isBlocked(source(2), now: now))
            now = block.endsAt.addingTimeInterval(86_399)
        }
        #expect(
            lengths == [60, 120, 240, 480, 960, 1_920, 3_840, 7_680, 15_360, 30_720, 61_440, 86_400, 86_400, 86_400])
    }

    @Test func aDayAfterTheLastOneTheyBeginAnew() {
        var book = BlockBook()
        let first = begin(&book, 1, now: start)
        #expect(begin(&book, 1, now: first.endsAt.addingTimeInterval(86_401)).number == 1)
        #expect(book.takeForgotten(now: start.addingTimeInterval(90_000)).isEmpty)
        #expect(book.takeForgotten(now: start.addingTimeInterval(300_000)) == [source(1)])
        #expect(book.count == 0)
    }

    @Test func endsAreReportedOnce() {
        var book = BlockBook()
        let block = begin(&book, 1, now: start)
        #expect(book.takeEnded(now: start).isEmpty && !book.isQuiet)
        #expect(book.takeEnded(now: block.endsAt) == [block])
        #expect(book.takeEnded(now: block.endsAt).isEmpty && book.isQuiet)
    }

    @Test func aBlockThatIsEndedEarlyIsForgotten() {
        var book = BlockBook()
        let block = begin(&book, 1, now: start)
        #expect(book.end(source(2), now: start) == nil)
        #expect(book.end(source(1), now: start) == block && book.end(source(1), now: start) == nil)
        #expect(book.present(now: start).isEmpty && begin(&book, 1, now: start).number == 1)
    }

    @Test func presentBlocksAreInTheirOrderAndEachHasItsOwnPlace() {
        var book = BlockBook()
        let blocks = (0..<20).map { begin(&book, UInt64(20 - $0), now: start) }
        #expect(book.present(now: start) == blocks)
        #expect(Set(blocks.map(\.id)).count == 20)
        #expect(book.present(now: start.addingTimeInterval(60)).isEmpty)
    }

    @Test func beyondItsSizeTheOneThatEndsFirstIsForgotten() {
        var book = BlockBook(capacity: 10)
        for number in 0..<10 { _ = begin(&book, UInt64(number), now: start.addingTimeInterval(Double(number))) }
        let (_, forgotten) = book.begin(source(99), failures: 1, firstSeconds: 60, now: start.addingTimeInterval(20))
        #expect(forgotten == source(0) && book.count == 10)
        #expect(book.isBlocked(source(99), now: start.addingTimeInterval(21)))
    }

    @Test func whatWasKeptElsewhereHoldsAgain() {
        var book = BlockBook()
        let held = begin(&book, 1, now: start)
        let over = BlockedSource(
            source: "192.0.2.9", beganAt: start.addingTimeInterval(-100), endsAt: start.addingTimeInterval(-40),
            number: 3, failures: 10, reason: "x")
        var again = BlockBook()
        for block in [over, held] { again.restore(block, now: start) }
        #expect(again.present(now: start) == [held] && again.takeEnded(now: start).isEmpty)
        let next = again.begin(
            AddressSource(isIPv4: true, bits: 0xc000_0209), failures: 1, firstSeconds: 60, now: start)
        #expect(next.block.number == 4 && next.block.id > held.id)
    }
}
