import Foundation
import Testing

@testable import Registry

@Suite struct RegistryBlockTests {
    private func block(_ source: String, _ began: Double, number: Int = 1) -> BlockedSource {
        BlockedSource(
            source: source, beganAt: Date(timeIntervalSince1970: began),
            endsAt: Date(timeIntervalSince1970: began + 60), number: number, failures: 10, reason: "10 failed logins")
    }

    @Test func blocksAreKeptInTheirOrderOneForEachSource() throws {
        let place = try TemporaryRegistry()
        try place.registry.save(block("192.0.2.1", 2_000))
        try place.registry.save(block("2001:db8::/64", 1_000))
        try place.registry.save(block("192.0.2.1", 3_000, number: 2))
        let kept = [block("2001:db8::/64", 1_000), block("192.0.2.1", 3_000, number: 2)]
        #expect(try place.registry.blocks() == kept)
        #expect(try Registry(path: place.path).blocks() == kept)
        try place.registry.removeBlocks(of: ["2001:db8::/64", "203.0.113.1"])
        #expect(try place.registry.blocks() == [kept[1]])
    }

    @Test func aUserIsKnownWhereItLoggedInForThirtyDays() throws {
        let place = try TemporaryRegistry()
        let (user, _) = try place.makeUser()
        let (other, _) = try place.makeUser()
        let day = try #require(CalendarDate("2026-11-23"))
        func knows(_ name: String, _ source: String, _ day: String) throws -> Bool {
            try place.registry.knows(source: source, ofUser: name, on: try #require(CalendarDate(day)))
        }
        try place.registry.recordLogin(from: "192.0.2.1", ofUser: user.username, on: day)
        #expect(try knows(user.username, "192.0.2.1", "2026-11-23"))
        #expect(try knows(user.username, "192.0.2.1", "2026-12-23"))
        #expect(try !knows(user.username, "192.0.2.1", "2026-12-24"))
        #expect(try !knows(user.username, "192.0.2.2", "2026-11-23"))
        #expect(try !knows(other.username, "192.0.2.1", "2026-11-23") && !knows("x", "192.0.2.1", "2026-11-23"))
        try place.registry.recordLogin(from: "192.0.2.1", ofUser: "GONE0000", on: day)
        #expect(try place.registry.deleteUser(named: user.username))
        #expect(try !knows(user.username, "192.0.2.1", "2026-11-23"))
    }

    @Test func sourcesOfAllUsersAreKnownForThirtyDaysTheLatestFirst() throws {
        let place = try TemporaryRegistry()
        let (user, _) = try place.makeUser()
        let (other, _) = try place.makeUser()
        func day(_ text: String) throws -> CalendarDate { try #require(CalendarDate(text)) }
        for (source, name, date) in [
            ("192.0.2.1", user, "2026-10-01"), ("192.0.2.2", user, "2026-11-20"), ("192.0.2.3", user, "2026-11-22"),
            ("192.0.2.2", other, "2026-11-23"),
        ] {
            try place.registry.recordLogin(from: source, ofUser: name.username, on: day(date))
        }
        #expect(try place.registry.knownSources(on: day("2026-11-23"), limit: 10) == ["192.0.2.2", "192.0.2.3"])
        #expect(try place.registry.knownSources(on: day("2026-11-23"), limit: 1) == ["192.0.2.2"])
        #expect(try place.registry.knownSources(on: day("2026-12-23"), limit: 10) == ["192.0.2.2"])
        #expect(try place.registry.knownSources(on: day("2026-12-24"), limit: 10).isEmpty)
    }

    @Test func aSourceOfManyUsersAndDaysIsKnownOnceInTheOrderOfItsLatest() throws {
        let place = try TemporaryRegistry()
        let users = try (0..<4).map { _ in try place.makeUser().0.username }
        func day(_ number: Int) -> CalendarDate {
            CalendarDate(secondsSinceEpoch: 1_800_000_000 + Int64(number) * 86_400)
        }
        for (number, user) in users.enumerated() {
            for source in ["192.0.2.7", "192.0.2.\(number)", "2001:db8:0:\(number)::/64"] {
                try place.registry.recordLogin(from: source, ofUser: user, on: day(number))
            }
        }
        let expected = (0..<4).reversed().flatMap { ["192.0.2.\($0)", "192.0.2.7", "2001:db8:0:\($0)::/64"] }
        var once: [String] = []
        for source in expected where !once.contains(source) { once.append(source) }
        for limit in 0...10 {
            let known = try place.registry.knownSources(on: day(4), limit: limit)
            #expect(known == Array(once.prefix(limit)), "\(limit)")
        }
        // A clock that was set back takes nobody's place.
        #expect(try place.registry.knownSources(on: day(0), limit: 10) == once)
    }

    @Test func theSourceThatWasUsedLongestAgoMakesRoom() throws {
        let place = try TemporaryRegistry()
        let (user, _) = try place.makeUser()
        let (other, _) = try place.makeUser()
        func day(_ number: Int) -> CalendarDate {
            CalendarDate(secondsSinceEpoch: 1_800_000_000 + Int64(number) * 86_400)
        }
        try place.registry.recordLogin(from: "198.51.100.1", ofUser: other.username, on: day(0))
        for number in 0..<Registry.knownSourcesMax {
            try place.registry.recordLogin(from: "192.0.2.\(number)", ofUser: user.username, on: day(0))
        }
        try place.registry.recordLogin(from: "192.0.2.0", ofUser: user.username, on: day(1))
        for number in 0..<5 {
            try place.registry.recordLogin(from: "203.0.113.\(number)", ofUser: user.username, on: day(2))
        }
        func known(_ prefix: String) throws -> Int {
            try (0..<20).count { number in
                try place.registry.knows(source: "\(prefix).\(number)", ofUser: user.username, on: day(2))
            }
        }
        #expect(try known("203.0.113") == 5 && known("192.0.2") == Registry.knownSourcesMax - 5)
        #expect(try place.registry.knows(source: "192.0.2.0", ofUser: user.username, on: day(2)))
        #expect(try place.registry.knows(source: "198.51.100.1", ofUser: other.username, on: day(2)))
    }

    @Test func aNewSourceStaysWhenAllAreOfTheSameDay() throws {
        let place = try TemporaryRegistry()
        let (user, _) = try place.makeUser()
        for number in 0..<40 {
            try place.registry.recordLogin(from: "192.0.2.\(number)", ofUser: user.username, on: .today)
            #expect(try place.registry.knows(source: "192.0.2.\(number)", ofUser: user.username, on: .today))
        }
    }

    @Test(arguments: ["0001-01-01", "1970-01-01", "2000-02-29", "2024-12-31", "2026-11-23", "9999-12-31"])
    func aDayBeginsWhereItSays(text: String) throws {
        let day = try #require(CalendarDate(text))
        #expect(CalendarDate(secondsSinceEpoch: day.secondsSinceEpoch) == day)
        #expect(CalendarDate(secondsSinceEpoch: day.secondsSinceEpoch + 86_399) == day)
        #expect(text == "0001-01-01" || CalendarDate(secondsSinceEpoch: day.secondsSinceEpoch - 1) != day)
    }
}
