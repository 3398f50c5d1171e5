import Foundation

// Times, which a member takes when they are in the future.
extension InputOperation {
    /// Times in UTC as RFC 3339 has them, and what other readers take for one.
    var times: [InputCase] {
        members.flatMap { member -> [InputCase] in
            guard case .time = member.kind else { return [] }
            let right = Self.rightTimes.map { ($0, InputCase.Outcome.taken) }
            let wrong = Self.wrongTimes.map { ($0, InputCase.Outcome.invalid([member.path])) }
            return (right + wrong).map { text, outcome in
                InputCase("\(text.prefix(60)) in \(member.path)", body(member.path, "\"\(text)\""), outcome)
            }
        }
    }

    private static func time(secondsFromNow seconds: Double) -> String {
        Date(timeIntervalSinceNow: seconds).formatted(.iso8601)
    }

    private static var rightTimes: [String] {
        [
            "2099-12-31T23:59:59Z", "2099-01-01T00:00:00Z", "2096-02-29T12:00:00Z", "2400-02-29T12:00:00Z",
            "9999-12-31T23:59:59Z", "9999-12-31T23:59:59.999Z", "9999-12-31T23:59:59.999999999Z",
            "2099-12-31T23:59:59.9Z", "2099-12-31T23:59:59.000000001Z", "2099-12-31T23:59:59.123456789Z",
            #"\u0032099-12-31T23:59:59Z"#, #"2099-12-31T23:59:59\u005a"#, time(secondsFromNow: 3_600),
        ]
    }

    private static var wrongTimes: [String] {
        let sound = "2099-12-31T23:59:59Z"
        var wrong = [
            "", " ", "Z", "T", "0", "1", "now", "never", "tomorrow", "null", "P90D", "+90d", "90d", "4102444800",
            "4102444800000", "2099", "2099-12", "2099-12-31", "2099-12-31T", "2099-12-31Z", "23:59:59Z",
            "2099-12-31T23Z", "2099-12-31T23:59Z", "20991231T235959Z", "2099-W53-4T23:59:59Z", "2099-365T23:59:59Z",
            "Thu, 31 Dec 2099 23:59:59 GMT", "12/31/2099", "31.12.2099",
            // Not over yet.
            "2020-01-01T00:00:00Z", "1970-01-01T00:00:00Z", "1969-12-31T23:59:59Z", "0001-01-01T00:00:00Z",
            "0000-01-01T00:00:00Z", time(secondsFromNow: -2), time(secondsFromNow: -86_400),
            // Days and hours that there are not.
            "2099-00-10T00:00:00Z", "2099-13-10T00:00:00Z", "2099-12-00T00:00:00Z", "2099-12-32T00:00:00Z",
            "2099-04-31T00:00:00Z", "2099-02-29T00:00:00Z", "2100-02-29T00:00:00Z", "2096-02-30T00:00:00Z",
            "2099-12-31T24:00:00Z", "2099-12-31T25:00:00Z", "2099-12-31T23:60:00Z", "2099-12-31T23:59:60Z",
            "2099-12-31T23:59:61Z", "2099-99-99T99:99:99Z",
            // Other zones, and none.
            "2099-12-31T23:59:59", "2099-12-31T23:59:59z", "2099-12-31t23:59:59Z", "2099-12-31 23:59:59Z",
            "2099-12-31T23:59:59+00:00", "2099-12-31T23:59:59-00:00", "2099-12-31T23:59:59+02:00",
            "2099-12-31T23:59:59+0000", "2099-12-31T23:59:59 UTC", "2099-12-31T23:59:59ZZ",
            "2099-12-31T23:59:59Z[UTC]",
            // Years of other lengths.
            "099-12-31T23:59:59Z", "99-12-31T23:59:59Z", "12099-12-31T23:59:59Z", "02099-12-31T23:59:59Z",
            "+2099-12-31T23:59:59Z", "-2099-12-31T23:59:59Z", "+002099-12-31T23:59:59Z",
            // Parts of a second that are none.
            "2099-12-31T23:59:59.Z", "2099-12-31T23:59:59,5Z", "2099-12-31T23:59:59.5", "2099-12-31T23:59:59.-5Z",
            "2099-12-31T23:59:59.5.5Z", "2099-12-31T23:59:59.5e1Z", "2099-12-31T23:59:59.1234567890Z",
            "2099-12-31T23:59:59.\(String(repeating: "0", count: 50_000))Z",
            // Digits and dashes that only look it.
            "٢٠٩٩-12-31T23:59:59Z", "２０９９-12-31T23:59:59Z", "2099‐12‐31T23:59:59Z", "2099−12−31T23:59:59Z",
            "2099-12-31T23：59：59Z", "2099-12-31Т23:59:59Z", "2O99-12-31T23:59:59Z", "2099-12-31T23:59:59Ζ",
            "2099-12-31T23:59:59Z\u{301}", "2099-12-31T23:59:59Z\u{200b}", "\u{feff}2099-12-31T23:59:59Z",
            "\u{202e}2099-12-31T23:59:59Z", #"2099-12-31T23:59:59Z\u0000"#, #"2099-12-31T23:59:59Z\n"#,
            #"\u00002099-12-31T23:59:59Z"#, #"2099-12-31T23:59:59Z\ud800"#, String(repeating: "9", count: 60_000),
        ]
        // Each beginning and each end of a sound one, and it with another character in each place, or one more.
        for index in sound.indices {
            let next = sound.index(after: index)
            wrong += [String(sound[..<index]), String(sound[next...])]
            for character in ["x", " ", "-", "+", ":", "/", ".", "Z", "٣"] {
                wrong += [
                    "\(sound[..<index])\(character)\(sound[next...])",
                    "\(sound[..<index])\(character)\(sound[index...])",
                ]
            }
        }
        return wrong.filter { $0 != sound }
    }
}
