import FoundationEssentials

/// Times of Berth's own API: `2026-07-25T08:48:59.523Z`.
package enum Timestamp {
    /// The time that a text is, with or without a fraction of a second; nil for everything else.
    package static func date(_ text: String) -> Date? {
        (try? Date(text, strategy: Date.ISO8601FormatStyle(includingFractionalSeconds: true)))
            ?? (try? Date(text, strategy: Date.ISO8601FormatStyle()))
    }

    /// A time to the millisecond.
    package static func text(_ date: Date) -> String {
        // The format cuts, and what is .523 may be a hair less as a number.
        let milliseconds = (date.timeIntervalSince1970 * 1_000).rounded()
        return Date(timeIntervalSince1970: (milliseconds + 0.1) / 1_000)
            .formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
    }
}
