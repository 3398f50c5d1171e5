/// Names, labels and numbers as the text format writes them, whatever it is given.
///
/// https://prometheus.io/docs/instrumenting/exposition_formats/, "Text-based format"
enum ExpositionText {
    /// `[a-zA-Z_:][a-zA-Z0-9_:]*`: every other character becomes `_`.
    static func metricName(_ text: String) -> String { name(text, allowsColon: true) }

    /// `[a-zA-Z_][a-zA-Z0-9_]*`. Names that begin with two underscores are Prometheus' own.
    static func labelName(_ text: String) -> String {
        let name = name(text, allowsColon: false)
        let rest = name.drop { $0 == "_" }
        return name.hasPrefix("__") ? "_" + rest : name
    }

    private static func name(_ text: String, allowsColon: Bool) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "a"..."z", "A"..."Z", "_": result.unicodeScalars.append(scalar)
            case "0"..."9":
                if result.isEmpty { result += "_" }
                result.unicodeScalars.append(scalar)
            case ":" where allowsColon: result += ":"
            default: result += "_"
            }
        }
        return result.isEmpty ? "_" : result
    }

    /// A label's value. NUL, at which Prometheus' parser ends, becomes the replacement character.
    static func escapedValue(_ text: String) -> String { escaped(text, quotes: true) }

    /// The text behind HELP.
    static func escapedHelp(_ text: String) -> String { escaped(text, quotes: false) }

    private static func escaped(_ text: String, quotes: Bool) -> String {
        guard text.utf8.contains(where: { $0 == 0 || $0 == 0x0a || $0 == 0x22 || $0 == 0x5c }) else { return text }
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\"" where quotes: result += "\\\""
            case "\0": result += "\u{fffd}"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    /// `NaN`, `+Inf`, `-Inf`; whole numbers without a fraction as long as they are exact.
    static func number(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
        if value.magnitude < 9_007_199_254_740_992, value == value.rounded() { return String(Int64(value)) }
        return value.description
    }
}

/// The labels of one series: sorted by name, each name once.
struct LabelSet: Sendable, Equatable {
    let names: [String]
    /// `a="x",b="y"`: what stands between the braces.
    let text: String

    init(_ labels: [(String, String)]) {
        // The bounds of a histogram have the name "le".
        var sorted = labels.map { label in
            let name = ExpositionText.labelName(label.0)
            return (name == "le" ? "exported_le" : name, label.1)
        }
        if sorted.count > 1 { sorted.sort { $0.0 < $1.0 } }
        var names: [String] = []
        var text = ""
        for (name, value) in sorted where name != names.last {
            text += (names.isEmpty ? "" : ",") + name + "=\"" + ExpositionText.escapedValue(value) + "\""
            names.append(name)
        }
        self.names = names
        self.text = text
    }

    /// The text with its braces, and another label behind; empty where there is none.
    func braced(_ more: String = "") -> String {
        let inner = text + (text.isEmpty || more.isEmpty ? "" : ",") + more
        return inner.isEmpty ? "" : "{" + inner + "}"
    }

    /// The same names, with a value that stands for all that have no series of their own.
    var other: LabelSet { LabelSet(names.map { ($0, Self.otherValue) }) }

    static let otherValue = "other"

    /// What tells this series from others.
    var key: SeriesKey { SeriesKey(text: text) }
}

/// The labels of a series, compared byte for byte as Prometheus does: a String takes texts for equal that are not.
struct SeriesKey: Sendable, Hashable, Comparable {
    let text: String

    static func == (lhs: SeriesKey, rhs: SeriesKey) -> Bool {
        lhs.text.utf8.elementsEqual(rhs.text.utf8)
    }

    static func < (lhs: SeriesKey, rhs: SeriesKey) -> Bool {
        lhs.text.utf8.lexicographicallyPrecedes(rhs.text.utf8)
    }

    func hash(into hasher: inout Hasher) {
        var text = text
        text.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
    }
}
