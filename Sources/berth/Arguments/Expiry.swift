import ArgumentParser
import BerthClient
import FoundationEssentials

/// When something ends: after a time (`90d`), at the beginning of a day in UTC (`2027-01-31`), or at a time
/// (`2027-01-31T12:00:00Z`).
enum Expiry: ExpressibleByArgument, Equatable {
    case after(TimeSpan)
    case at(Date)

    init?(argument: String) {
        if let span = TimeSpan(argument: argument) {
            self = .after(span)
        } else if let date = Timestamp.date(CalendarDate(argument) == nil ? argument : argument + "T00:00:00Z") {
            self = .at(date)
        } else {
            return nil
        }
    }

    /// The time that it is, counted from `now`.
    func date(from now: Date = Date()) -> Date {
        switch self {
        case .after(let span): now.addingTimeInterval(TimeInterval(span.seconds))
        case .at(let date): date
        }
    }
}
