import Foundation
import Testing

@testable import BerthClient

@Suite struct ValueTests {
    @Test func `a secret shows itself only when asked`() {
        let secret = Secret("s3cret0fAcme1234")
        var dumped = ""
        dump(secret, to: &dumped)
        dump(["key": secret], to: &dumped)
        let texts = [
            "\(secret)", String(reflecting: secret), String(describing: Optional(secret)), "\([secret])", dumped,
        ]
        for text in texts { #expect(!text.contains("s3cret0f"), "\(text)") }
        #expect("\(secret)" == "<redacted>" && secret.revealed() == "s3cret0fAcme1234")
    }

    @Test(arguments: ["2026-07-25", "2024-02-29", "0001-01-01", "9999-12-31"])
    func `a day is read and written as it is`(text: String) throws {
        let date = try #require(CalendarDate(text))
        #expect(date.description == text)
        let json = try JSONEncoder().encode([date])
        #expect(String(decoding: json, as: UTF8.self) == "[\"\(text)\"]")
        #expect(try JSONDecoder().decode([CalendarDate].self, from: json) == [date])
    }

    @Test(arguments: [
        "", "2026-7-25", "2026-02-29", "2026-13-01", "2026-00-10", "2026-04-31", "0000-01-01", "2026-07-25T00:00:00Z",
        "+026-07-25", "２０２６-07-25", "2026/07/25",
    ])
    func `what is no day is none`(text: String) {
        #expect(CalendarDate(text) == nil)
        #expect(throws: (any Error).self) {
            try JSONDecoder().decode([CalendarDate].self, from: Data("[\"\(text)\"]".utf8))
        }
    }

    @Test func `days are ordered`() throws {
        let days = try ["2025-12-31", "2026-01-01", "2026-01-31", "2026-02-01"].map { try #require(CalendarDate($0)) }
        #expect(days.shuffled().sorted() == days)
    }

    @Test(arguments: [
        ("2026-07-25T08:48:59.523Z", "2026-07-25T08:48:59.523Z"), ("2026-07-25T08:48:59Z", "2026-07-25T08:48:59.000Z"),
        ("2026-01-01T00:00:00.001Z", "2026-01-01T00:00:00.001Z"),
    ])
    func `times keep their milliseconds`(text: String, written: String) throws {
        #expect(Timestamp.text(try #require(Timestamp.date(text))) == written)
    }

    @Test func `every millisecond of a second is written as it was read`() throws {
        for millisecond in 0..<1_000 {
            let text = "2026-07-25T08:48:59.\(String(repeating: "0", count: 3 - "\(millisecond)".count))\(millisecond)Z"
            #expect(Timestamp.text(try #require(Timestamp.date(text))) == text)
        }
    }
}
