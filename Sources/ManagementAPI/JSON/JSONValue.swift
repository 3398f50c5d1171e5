/// A value of JSON (RFC 8259) as it was written: nothing is rounded, and of a repeated member each is there.
indirect enum JSONValue: Equatable, Sendable {
    case null
    case boolean(Bool)
    /// The number's own spelling, which is valid.
    case number(String)
    case string(String)
    case array([JSONValue])
    case object([Member])

    struct Member: Equatable, Sendable {
        let name: String
        let value: JSONValue
    }

    /// The integer that a number is, however it is spelled (`24`, `24.0`, `2.4e1`); nil for fractions, for what doesn't
    /// fit, and for everything else than a number.
    var integer: Int? {
        guard case .number(let text) = self else { return nil }
        let parts = text.split(whereSeparator: { $0 == "e" || $0 == "E" })
        guard let mantissa = parts.first else { return nil }
        let isNegative = mantissa.first == "-"
        let pieces = mantissa.drop { $0 == "-" }.split(separator: ".")
        let fraction = pieces.dropFirst().first ?? ""
        var digits = Array(((pieces.first ?? "") + fraction).drop { $0 == "0" })
        if digits.isEmpty { return 0 }
        guard let written = parts.count > 1 ? Int(parts[1]) : 0, (-1_000_000...1_000_000).contains(written) else {
            return nil
        }
        var exponent = written - fraction.count
        while digits.last == "0" {
            digits.removeLast()
            exponent += 1
        }
        guard exponent >= 0, digits.count + exponent <= 19 else { return nil }
        return Int((isNegative ? "-" : "") + String(digits) + String(repeating: "0", count: exponent))
    }
}
