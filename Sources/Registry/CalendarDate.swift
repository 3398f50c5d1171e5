import Foundation

/// A day of the Gregorian calendar without a time zone; Berth's are all days of UTC.
public struct CalendarDate: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// The year, 1 to 9999.
    public let year: Int
    /// The month, 1 to 12.
    public let month: Int
    /// The day of the month, 1 to 31.
    public let day: Int

    /// The day that contains the instant `secondsSinceEpoch` after 1970-01-01T00:00:00Z, held within the years 1 to 9999.
    public init(secondsSinceEpoch: Int64) {
        let lowest: Int64 = -62_135_596_800
        let highest: Int64 = 253_402_300_799
        let seconds = min(max(secondsSinceEpoch, lowest), highest)
        let days = Int((seconds - lowest) / 86_400)
        self = Self(daysSinceYearOne: days)
    }

    /// The day in the form `YYYY-MM-DD`; nil for everything else, days that don't exist included.
    public init?(_ text: String) {
        let digits = Array(text.utf8)
        guard digits.count == 10, digits[4] == UInt8(ascii: "-"), digits[7] == UInt8(ascii: "-") else { return nil }
        func number(_ range: Range<Int>) -> Int? {
            var value = 0
            for digit in digits[range] {
                guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digit) else { return nil }
                value = value * 10 + Int(digit - UInt8(ascii: "0"))
            }
            return value
        }
        guard let year = number(0..<4), let month = number(5..<7), let day = number(8..<10),
            year >= 1, (1...12).contains(month), day >= 1, day <= Self.days(inMonth: month, of: year)
        else { return nil }
        self.year = year
        self.month = month
        self.day = day
    }

    /// Today in UTC.
    public static var today: CalendarDate {
        CalendarDate(secondsSinceEpoch: Int64(Date().timeIntervalSince1970.rounded(.down)))
    }

    /// The first second of the day since 1970-01-01T00:00:00Z.
    public var secondsSinceEpoch: Int64 {
        // Days before this month and year, by the lengths that `days(inMonth:of:)` knows.
        let years = Int64(year - 1)
        var days = years * 365 + years / 4 - years / 100 + years / 400
        for month in 1..<max(month, 1) { days += Int64(Self.days(inMonth: month, of: year)) }
        return (days + Int64(day - 1)) * 86_400 - 62_135_596_800
    }

    /// The day as `YYYY-MM-DD`.
    public var description: String {
        Self.padded(year, to: 4) + "-" + Self.padded(month, to: 2) + "-" + Self.padded(day, to: 2)
    }

    /// Whether `lhs` is before `rhs`.
    public static func < (lhs: CalendarDate, rhs: CalendarDate) -> Bool {
        (lhs.year, lhs.month, lhs.day) < (rhs.year, rhs.month, rhs.day)
    }

    /// Counts 400-, 100-, 4- and 1-year cycles off, as each has a fixed number of days but for its last member.
    private init(daysSinceYearOne: Int) {
        let (era, dayOfEra) = daysSinceYearOne.quotientAndRemainder(dividingBy: 146_097)
        let century = min(dayOfEra / 36_524, 3)
        let dayOfCentury = dayOfEra - century * 36_524
        let (leapCycle, dayOfCycle) = dayOfCentury.quotientAndRemainder(dividingBy: 1_461)
        let yearOfCycle = min(dayOfCycle / 365, 3)
        let year = era * 400 + century * 100 + leapCycle * 4 + yearOfCycle + 1
        var rest = dayOfCycle - yearOfCycle * 365
        var month = 1
        while rest >= Self.days(inMonth: month, of: year) {
            rest -= Self.days(inMonth: month, of: year)
            month += 1
        }
        self.year = year
        self.month = month
        day = rest + 1
    }

    private static func days(inMonth month: Int, of year: Int) -> Int {
        switch month {
        case 2: year.isMultiple(of: 4) && (!year.isMultiple(of: 100) || year.isMultiple(of: 400)) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    private static func padded(_ number: Int, to width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
}
