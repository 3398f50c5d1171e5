import Foundation

/// Names that Linux allows and clients stumble over.
enum OddName: String, CaseIterable, Sendable {
    case space = "with two  spaces"
    case singleQuote = "it's"
    case doubleQuote = "say \"yes\""
    case backslash = "back\\slash"
    case umlaut = "grüße"
    case japanese = "請求書.edi"
    case dash = "-rf"
    case pattern = "a*[b]?{c}"
    case shell = "$HOME;#&|<>!`~%41"
    case trailing = "ends with space "
    case control = "bell\u{07}tab\t"
    case newline = "two\nlines"
    case long
    case notUTF8

    /// The name as Linux has it.
    var bytes: [UInt8] {
        switch self {
        // 255 bytes, the most that Linux allows.
        case .long: Array(repeating: UInt8(ascii: "n"), count: 255)
        case .notUTF8: Array("latin1-".utf8) + [0xfc, 0xff]
        default: Array(rawValue.utf8)
        }
    }

    /// What is in the file of that name.
    var content: Data { Data("content of \(self)\n".utf8) }

    /// How docs/clients.md calls it.
    var description: String {
        switch self {
        case .space: "spaces"
        case .singleQuote: "'"
        case .doubleQuote: "\""
        case .backslash: "\\"
        case .umlaut: "ü"
        case .japanese: "Japanese"
        case .dash: "leading -"
        case .pattern: "`*[]?{}`"
        case .shell: "`$;#&<>~%`"
        case .trailing: "space at the end"
        case .control: "control characters"
        case .newline: "newline"
        case .long: "255 bytes"
        case .notUTF8: "not UTF-8"
        }
    }
}
