import SessionBroker

/// Foreign text made safe for one line of a log or a terminal: no control character, no forged field, no unending value.
enum LogText {
    /// Bytes of a value; what is longer is cut.
    static let valueLimitBytes = 1_024

    /// `text` as it is when it consists of characters that need no quotes, otherwise quoted and escaped.
    static func field(_ text: String) -> String {
        !text.isEmpty && text.utf8.count <= valueLimitBytes && text.utf8.allSatisfy(isPlain) ? text : quoted(text)
    }

    /// `text` in quotes, with quotes, backslashes and everything that isn't printable escaped.
    static func quoted(_ text: String) -> String {
        "\"" + escaped(text, escapingQuotes: true) + "\""
    }

    /// `text` with everything that isn't printable escaped, cut at the bound.
    static func escaped(_ text: String) -> String {
        escaped(text, escapingQuotes: false)
    }

    private static func escaped(_ text: String, escapingQuotes: Bool) -> String {
        var result = ""
        var size = 0
        for scalar in text.unicodeScalars {
            let piece = escaped(scalar, escapingQuotes: escapingQuotes)
            size += piece.utf8.count
            guard size <= valueLimitBytes else { return result + "…" }
            result += piece
        }
        return result
    }

    private static func escaped(_ scalar: Unicode.Scalar, escapingQuotes: Bool) -> String {
        switch scalar {
        case "\n": return "\\n"
        case "\r": return "\\r"
        case "\t": return "\\t"
        case "\\": return "\\\\"
        case "\"": return escapingQuotes ? "\\\"" : "\""
        default: break
        }
        if let byte = ForeignByte.byte(of: scalar) { return "\\x" + hexadecimal(byte) }
        switch scalar.properties.generalCategory {
        case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator:
            return "\\u{\(String(scalar.value, radix: 16))}"
        default: return String(scalar)
        }
    }

    private static func hexadecimal(_ byte: UInt8) -> String {
        (byte < 16 ? "0" : "") + String(byte, radix: 16)
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "."), UInt8(ascii: "/"),
            UInt8(ascii: ":"), UInt8(ascii: "@"), UInt8(ascii: "+"), UInt8(ascii: ","), UInt8(ascii: "-"),
            UInt8(ascii: "["), UInt8(ascii: "]"):
            true
        default: false
        }
    }
}
