import ArgumentParser

/// A time as a person writes it: `90s`, `30m`, `12h`, `7d`.
struct TimeSpan: ExpressibleByArgument, Equatable {
    let seconds: Int

    init?(argument: String) {
        guard let unit = argument.last, let number = Int(argument.dropLast()), number >= 0,
            argument.dropLast().allSatisfy({ $0.isASCII && $0.isNumber })
        else { return nil }
        let factor: Int
        switch unit {
        case "s": factor = 1
        case "m": factor = 60
        case "h": factor = 3_600
        case "d": factor = 86_400
        default: return nil
        }
        let (seconds, isTooMuch) = number.multipliedReportingOverflow(by: factor)
        guard !isTooMuch else { return nil }
        self.seconds = seconds
    }
}
