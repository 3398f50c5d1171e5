import BerthClient
import FoundationEssentials

/// JSON for programs, which is also safe on a terminal.
enum JSONText {
    /// A value on one line, in the API's form.
    static func line(_ value: some Encodable) throws(CommandFailure) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        encoder.dateEncodingStrategy = .custom { date, encoder in
            var container = encoder.singleValueContainer()
            try container.encode(Timestamp.text(date))
        }
        guard let data = try? encoder.encode(value) else {
            throw CommandFailure(.output, "the result can't be written as JSON")
        }
        return safe(String(decoding: data, as: UTF8.self))
    }

    /// The encoder escapes control characters of ASCII alone; the others stand in strings only, where an escape is the same.
    static func safe(_ json: String) -> String {
        json.unicodeScalars.map { scalar in
            guard scalar.value >= 0x7f, !TerminalText.isPrintable(scalar) else { return String(scalar) }
            return String(scalar).utf16.map { unit in
                let digits = String(unit, radix: 16)
                return "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            }.joined()
        }.joined()
    }
}
