import Foundation
import Registry

/// Times on the wire: `2026-07-25T08:48:59.523Z` (RFC 3339 in UTC, to the millisecond).
public enum Timestamp {
    /// The time as text.
    public static func text(_ date: Date) -> String {
        // The format cuts, and what is .123 may be a hair less as a number.
        let milliseconds = (date.timeIntervalSince1970 * 1_000).rounded()
        return Date(timeIntervalSince1970: (milliseconds + 0.1) / 1_000)
            .formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
    }

    /// Reads a time, with or without a fraction of a second of up to nine digits, of which what is finer than a millisecond is
    /// cut; nil for anything else, other time zones and days that don't exist included.
    public static func date(_ text: String) -> Date? {
        let bytes = Array(text.utf8)
        guard (20...30).contains(bytes.count), bytes.last == UInt8(ascii: "Z"), bytes[10] == UInt8(ascii: "T"),
            bytes[13] == UInt8(ascii: ":"), bytes[16] == UInt8(ascii: ":"),
            let day = CalendarDate(String(decoding: bytes[..<10], as: UTF8.self)),
            let hour = number(bytes[11..<13]), hour < 24, let minute = number(bytes[14..<16]), minute < 60,
            let second = number(bytes[17..<19]), second < 60
        else { return nil }
        var milliseconds = 0
        if bytes.count > 20 {
            let digits = bytes[20..<(bytes.count - 1)]
            guard bytes[19] == UInt8(ascii: "."), let value = number(digits) else { return nil }
            // Cut and not rounded: the last second of the year 9999 would be one of the year 10000, which has no text.
            milliseconds = value * 1_000 / digits.reduce(1) { power, _ in power * 10 }
        }
        let seconds = day.secondsSinceEpoch + Int64(hour * 3_600 + minute * 60 + second)
        return Date(timeIntervalSince1970: Double(seconds) + Double(milliseconds) / 1_000)
    }

    /// Up to nine decimal digits.
    private static func number(_ digits: ArraySlice<UInt8>) -> Int? {
        guard (1...9).contains(digits.count) else { return nil }
        var value = 0
        for digit in digits {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digit) else { return nil }
            value = value * 10 + Int(digit - UInt8(ascii: "0"))
        }
        return value
    }
}
