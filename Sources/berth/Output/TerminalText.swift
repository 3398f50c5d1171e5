/// Text from the service made safe for a terminal: no control character, nothing that moves or hides other text.
enum TerminalText {
    /// The text on one line, with everything that isn't printable escaped.
    static func escaped(_ text: String) -> String {
        text.unicodeScalars.map { scalar in
            switch scalar {
            case "\n": "\\n"
            case "\r": "\\r"
            case "\t": "\\t"
            case "\\": "\\\\"
            default: isPrintable(scalar) ? String(scalar) : "\\u{\(String(scalar.value, radix: 16))}"
            }
        }.joined()
    }

    /// The same for a text that the program itself broke into lines.
    static func lines(_ text: String) -> String {
        text.split(separator: "\n", omittingEmptySubsequences: false).map { escaped(String($0)) }
            .joined(separator: "\n")
    }

    /// Whether a terminal shows the scalar as itself, and only itself.
    static func isPrintable(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator: false
        default: true
        }
    }
}
