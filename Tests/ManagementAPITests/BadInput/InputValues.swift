import Foundation

// Values of one member that are wrong, or just right.
extension InputOperation {
    /// Left out, and null, which is the same; each member alone, and all at once.
    var absences: [InputCase] {
        var cases = members.flatMap { member in
            [
                InputCase("without \(member.path)", body(member.path, nil), member.outcomeWhenAbsent),
                InputCase("null in \(member.path)", body(member.path, "null"), member.outcomeWhenAbsent),
            ]
        }
        let nulls = members.filter { !$0.isNested }.map { "\"\($0.name)\":null" }.joined(separator: ",")
        for text in ["{}", "{\(nulls)}", #"{"x":1}"#] {
            cases.append(InputCase(text, text, whenEmpty.isEmpty ? .taken : .invalid(whenEmpty)))
        }
        return cases
    }

    /// Every type of JSON that a member does not have.
    var wrongTypes: [InputCase] {
        let strings = [#""x""#, #""""#, #""16""#, #""true""#, #""null""#, #""{}""#]
        let numbers = ["0", "-0", "1", "16", "1.5", "1e400", "12345678901234567890"]
        let objects = ["{}", #"{"length":16}"#, #"{"a":"/b"}"#]
        let others = ["[]", "[null]", #"["/a"]"#, "[16]", "[true]", "[{}]"]
        return members.flatMap { member -> [InputCase] in
            let values =
                switch member.kind {
                case .text, .printable, .constant, .time: numbers + objects + others + ["true", "false"]
                case .names: strings + numbers + objects + ["true", "false"]
                case .object: strings + numbers + others + ["true", "false"]
                case .integer: strings + objects + others + ["true", "false"]
                case .boolean: strings + numbers + objects + others
                }
            return values.map { InputCase("\($0) in \(member.path)", body(member.path, $0), .invalid([member.path])) }
        }
    }

    /// What looks like a value to other readers, and is none of JSON's.
    var words: [InputCase] {
        let words = [
            "NaN", "nan", "-NaN", "Infinity", "-Infinity", "+Infinity", "inf", "undefined", "None", "nil", "True",
            "TRUE",
            "False", "Null", "NULL", "tru", "truefalse", "'x'", "`x`", "x", "/a", "(16)", "<16>", "@", "16;", "0x10",
            "0o20",
            "0b1", "016", "00", "-016", "+16", "16.", ".16e2", "1.6e", "1.6e+", "1.6ee1", "1_6", "16n", "16f", "--16",
            "- 16",
            "1 6", "1,6", "١٦", "１６", "𝟏𝟔", "−16", "\\u0031", "\"a\"b", "\"\"\"", "\"\\x\"", "\"\\u12\"", "\"\\ud83\"",
        ]
        return members.flatMap { member in
            words.map { .unreadable("\($0) in \(member.path)", body(member.path, $0)) }
        }
    }

    /// Numbers around the bounds of a member that is one, in every spelling.
    var numbers: [InputCase] {
        members.flatMap { member -> [InputCase] in
            guard case .integer(let range) = member.kind else { return [] }
            return Self.spellings(around: range).map { spelling, value in
                let isRight = value.map(range.contains) ?? false
                return InputCase(
                    "\(spelling.prefix(40)) in \(member.path)", body(member.path, spelling),
                    isRight ? .taken : .invalid([member.path]))
            }
        }
    }

    /// Numbers as JSON has them, each with the integer that it is; nil for one that is none, or none of 64 bits.
    private static func spellings(around range: ClosedRange<Int>) -> [(String, Int?)] {
        let low = range.lowerBound, high = range.upperBound
        let zeros = { String(repeating: "0", count: $0) }
        var spellings: [(String, Int?)] = [
            ("\(low + 1)", low + 1), ("\(high - 1)", high - 1), ("\(low - 1)", low - 1), ("\(high + 1)", high + 1),
            ("1.6e1", 16), ("1e2", 100), ("0.\(zeros(98))16e100", 16), ("0", 0), ("-0", 0), ("-0.0", 0), ("0e5", 0),
            ("-1", -1), ("15e-1", nil), ("1e-1", nil), ("1e400", nil), ("-1e400", nil), ("1e-400", nil), ("1e19", nil),
            ("1e1000000", nil), ("1e1000001", nil), ("1e99999999999999999999", nil), ("1e-99999999999999999999", nil),
            ("12345678901234567890", nil), ("99999999999999999999", nil), ("9223372036854775807", .max),
            ("9223372036854775808", nil), ("-9223372036854775808", .min), ("-9223372036854775809", nil),
            (String(repeating: "9", count: 60_000), nil), ("1e\(String(repeating: "9", count: 60_000))", nil),
            // What would be right if it were cut to 8, 16, 32 or 64 bits.
            ("\(256 + low)", 256 + low), ("\(65_536 + low)", 65_536 + low),
            ("\(4_294_967_296 + low)", 4_294_967_296 + low),
            ("18446744073709551632", nil),
        ]
        for bound in [low, high] {
            spellings += [
                ("\(bound)", bound), ("\(bound).0", bound), ("\(bound * 10)e-1", bound), ("\(bound)e0", bound),
                ("\(bound)E+0", bound), ("\(bound)E-0", bound), ("0.\(bound)e\(String(bound).utf8.count)", bound),
                ("\(bound).\(zeros(5_000))", bound), ("-\(bound)", -bound), ("\(bound).5", nil),
                ("\(bound).\(zeros(26))1", nil), ("\(bound).\(zeros(50_000))1", nil),
            ]
            // A number does not begin with zeros.
            if bound > 0 { spellings.append(("\(bound)\(zeros(5_000))e-5000", bound)) }
        }
        return spellings
    }

    /// Strings around the bounds of their length.
    var lengths: [InputCase] {
        members.flatMap { member -> [InputCase] in
            let isHome: Bool, bounds: ClosedRange<Int>
            switch member.kind {
            case .text(_, let lengths, let start): (isHome, bounds) = (!start.isEmpty, lengths)
            case .printable(let lengths): (isHome, bounds) = (false, lengths)
            default: return []
            }
            let limit = bounds.upperBound
            let cases = [0, 1, 2, limit - 1, limit, limit + 1, 10 * limit, 60_000].map { length in
                let outcome = bounds.contains(length) ? InputCase.Outcome.taken : .invalid([member.path])
                let text = isHome ? Self.home(length) : String(repeating: "a", count: length)
                return InputCase("\(length) bytes in \(member.path)", body(member.path, "\"\(text)\""), outcome)
            }
            return member.takesAnyLetter ? cases + codePoints(of: member, bounds) : cases
        }
    }

    /// Characters of several bytes, or of several code points, of which the latter alone are counted.
    private func codePoints(of member: InputMember, _ bounds: ClosedRange<Int>) -> [InputCase] {
        let limit = bounds.upperBound
        return [("é", 1), ("🔑", 1), (#"\ud83d\udd11"#, 1), ("e\u{301}", 2)].flatMap { character, points in
            [limit / points, limit / points + 1].map { count in
                let text = String(repeating: character, count: count)
                return InputCase(
                    "\(count) times \(character) in \(member.path)", body(member.path, "\"\(text)\""),
                    bounds.contains(count * points) ? .taken : .invalid([member.path]))
            }
        }
    }

    /// A home of that many bytes, in segments of at most 64.
    private static func home(_ length: Int) -> String {
        String((0..<length).map { $0 % 64 == 0 ? "/" : "a" })
    }

    /// Homes that are none, and some that only look it.
    var homes: [InputCase] {
        let segment = { String(repeating: "s", count: $0) }
        let right = [
            #"\/a"#, #"\u002fa"#, "/", "/...", "/..a", "/.berth2", "/a.berth", "/.BERTH", "/.Berth", "/-", "/+:_",
            "/\(segment(254))", "/\(segment(255))", "/a/\(segment(255))/b",
        ]
        let wrong = [
            "a", "a/b", " /a", "./a", "../a", "~/a", "C:/a", "//", "//a", "/a//b", "/a//", "///", "/.", "/..", "/./a",
            "/a/.", "/a/./", "/a/..", "/a/../b", "/../../etc", "/.berth", "/.berth/", "/a/.berth", "/a/.berth/b",
            #"\\a"#,
            "/\(segment(256))", "/a/\(segment(256))/b", "/a%2fb", "/a%00", "/a?b", "/a#b", "/a*", "/a b", "/$HOME",
            "/`id`",
            #"/a\u0000"#, #"/a\n"#, #"/\u002e\u002e/x"#,
        ]
        return members.filter { $0.path == "/homeDirectory" }.flatMap { member in
            right.map { InputCase("home \($0)", body(member.path, "\"\($0)\""), .taken) }
                + wrong.map { InputCase("home \($0)", body(member.path, "\"\($0)\""), .invalid([member.path])) }
        }
    }

    /// What is not quite the one string that a member takes.
    var constants: [InputCase] {
        members.flatMap { member -> [InputCase] in
            guard case .constant = member.kind else { return [] }
            let sound = String(member.sound.dropFirst().dropLast())
            let values = [
                "", " ", sound + " ", " " + sound, sound.uppercased(), String(sound.dropLast()), sound + sound,
                sound + "x",
                sound + #"\u0000"#, sound + #"\n"#, sound.replacing("s", with: "ѕ"), sound.replacing("-", with: "‐"),
                sound.replacing("p", with: "ｐ"), sound + "\u{200b}", "\u{feff}" + sound, sound + "\u{301}",
                "\u{202e}" + sound, String(repeating: "a", count: 60_000),
            ]
            return values.map {
                InputCase("\($0.prefix(50)) in \(member.path)", body(member.path, "\"\($0)\""), .invalid([member.path]))
            }
        }
    }
}
