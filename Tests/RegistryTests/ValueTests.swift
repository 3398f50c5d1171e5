import Foundation
import Testing

@testable import Registry

@Suite struct CalendarDateTests {
    @Test(arguments: [
        (0, "1970-01-01"), (86_399, "1970-01-01"), (86_400, "1970-01-02"), (-1, "1969-12-31"),
        (951_782_400, "2000-02-29"), (951_868_800, "2000-03-01"), (1_709_164_800, "2024-02-29"),
        (4_107_542_400, "2100-03-01"), (1_798_761_599, "2026-12-31"), (1_798_761_600, "2027-01-01"),
        (253_402_300_799, "9999-12-31"), (Int64.max, "9999-12-31"), (Int64.min, "0001-01-01"),
    ])
    func anInstantIsOnItsDayInUTC(seconds: Int64, text: String) {
        #expect(CalendarDate(secondsSinceEpoch: seconds).description == text)
    }

    @Test func everyDayFollowsTheOneBefore() throws {
        var previous = CalendarDate(secondsSinceEpoch: -86_400)
        for day in 0..<60_000 {
            let date = CalendarDate(secondsSinceEpoch: Int64(day) * 86_400)
            try #require(date > previous)
            try #require(CalendarDate(date.description) == date)
            previous = date
        }
        #expect(previous.description == "2134-04-10")
    }

    @Test(arguments: [
        "", "2026-1-01", "2026-01-1", "2026/01/01", "2026-00-01", "2026-13-01", "2026-01-00", "2026-02-29",
        "1900-02-29", "2026-04-31", "0000-01-01", "+026-01-01", "2026-01-01 ", "２０２６-01-01", "2026-01-01T00:00:00Z",
    ])
    func whatIsNoDayIsRefused(text: String) {
        #expect(CalendarDate(text) == nil)
    }
}

@Suite struct UsernameTests {
    @Test func everyCharacterOfAPasswordIsDrawnAsOftenAsEachOther() {
        // Seeded, so that chance fails nobody's build: SplitMix64.
        struct Seeded: RandomNumberGenerator {
            var state: UInt64 = 1

            mutating func next() -> UInt64 {
                state &+= 0x9e37_79b9_7f4a_7c15
                var mixed = state
                mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
                mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
                return mixed ^ (mixed >> 31)
            }
        }
        var generator = Seeded()
        let expected = 2_000
        var counts: [Character: Int] = [:]
        for _ in 0..<(62 * expected / 124) {
            for character in RandomText.draw(124, from: RandomText.alphanumerics, using: &generator) {
                counts[character, default: 0] += 1
            }
        }
        #expect(counts.count == 62 && Set(counts.keys) == Set(RandomText.alphanumerics))
        // Chi-squared with 61 degrees of freedom: above 120 once in 10,000 times.
        let deviation = counts.values.reduce(0.0) { $0 + Double(($1 - expected) * ($1 - expected)) / Double(expected) }
        #expect(deviation < 120, "\(deviation)")
    }

    @Test func drawnNamesAreWellFormedAndUseTheWholeAlphabet() {
        var generator = SystemRandomNumberGenerator()
        var characters = Set<Character>()
        for _ in 0..<2_000 {
            let name = Username.draw(using: &generator)
            #expect(Username.isWellFormed(name))
            characters.formUnion(name)
        }
        #expect(characters.count == 36)
    }

    @Test(arguments: ["", "A", "ABCDEFG", "ABCDEFGHI", "1BCDEFGH", "abcdefgh", "ABCDEF-H", "ABCDEF\0H", "ＡBCDEFGH"])
    func otherTextsAreNoNames(text: String) {
        #expect(!Username.isWellFormed(text))
    }
}
