/// Writes man(7)'s macros; every text is escaped, so that none is taken for a macro.
struct Roff {
    private(set) var text = ".\\\" Written by 'berth manual' from the definitions of the commands.\n"

    mutating func title(_ name: String, section: Int, source: String, manual: String) {
        line(".TH \(quoted(name)) \(section) \"\" \(quoted(source)) \(quoted(manual))")
    }

    mutating func section(_ heading: String) { line(".SH \(quoted(heading))") }

    mutating func subsection(_ heading: String) { line(".SS \(quoted(heading))") }

    mutating func paragraph(_ text: String) {
        guard !text.isEmpty else { return }
        line(".PP")
        line(escaped(text))
    }

    /// Paragraphs that an empty line parts.
    mutating func paragraphs(_ text: String) {
        var lines: [String] = []
        for part in text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init) + [""] {
            if part.isEmpty {
                paragraph(lines.joined(separator: " "))
                lines = []
            } else {
                lines.append(part)
            }
        }
    }

    mutating func usage(_ path: [String], _ arguments: String) {
        line(".PP")
        line("\\fB\(escaped(path.joined(separator: " ")))\\fR \(escaped(arguments))")
    }

    /// A heading with an explanation below, set in.
    mutating func item(_ heading: String, _ explanation: String) {
        line(".TP")
        line("\\fB\(escaped(heading))\\fR")
        line(escaped(explanation))
    }

    mutating func example(_ what: String, _ command: String) {
        paragraph(what)
        line(".PP")
        line(".RS")
        line(".nf")
        line(escaped(command))
        line(".fi")
        line(".RE")
    }

    private mutating func line(_ text: String) { self.text += text + "\n" }

    private func quoted(_ text: String) -> String {
        "\"" + escaped(text).replacing("\"", with: "\\(dq") + "\""
    }

    private func escaped(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\": result += "\\e"
            case "-": result += "\\-"
            case "'": result += "\\(aq"
            case "`": result += "\\(ga"
            case "~": result += "\\(ti"
            case "^": result += "\\(ha"
            default:
                result +=
                    scalar.isASCII
                    ? String(scalar) : "\\[u\(Self.hexadecimal(scalar.value))]"
            }
        }
        // A dot at the beginning of a line would be a macro.
        return result.hasPrefix(".") ? "\\&" + result : result
    }

    /// At least four digits, as groff(7) wants them.
    private static func hexadecimal(_ value: UInt32) -> String {
        let digits = String(value, radix: 16, uppercase: true)
        return String(repeating: "0", count: max(0, 4 - digits.count)) + digits
    }
}
