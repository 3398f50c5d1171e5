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
        for text in ["{}", "{\(nulls)}", #"{"x":1}"#] { cases.append(InputCase(text, text, .invalid(whenEmpty))) }
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
                case .text, .constant: numbers + objects + others + ["true", "false"]
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
            let low = range.lowerBound, high = range.upperBound
            let right = [
                "\(low)", "\(low + 1)", "\(high - 1)", "\(high)", "\(low).0", "\(low * 10)e-1", "\(low)e0", "\(low)E+0",
                "\(low)E-0", "0.\(low)e2", "1.6e1", "1e2", "\(low).\(String(repeating: "0", count: 5_000))",
                "\(low)\(String(repeating: "0", count: 5_000))e-5000", "0.\(String(repeating: "0", count: 98))16e100",
            ]
            let wrong = [
                "\(low - 1)", "\(high + 1)", "0", "-0", "-0.0", "0e5", "-1", "-\(low)", "\(low).5", "\(low)e-1",
                "\(low).000000000000000000000000001", "1e400", "-1e400", "1e-400", "1e19", "1e1000000", "1e1000001",
                "1e99999999999999999999", "1e-99999999999999999999", "12345678901234567890", "99999999999999999999",
                "9223372036854775807", "9223372036854775808", "-9223372036854775808", "-9223372036854775809",
                // What would be right if it were cut to 8, 16, 32 or 64 bits.
                "\(256 + low)", "\(65_536 + low)", "\(4_294_967_296 + low)", "18446744073709551632",
                String(repeating: "9", count: 60_000), "1e\(String(repeating: "9", count: 60_000))",
                "\(low).\(String(repeating: "0", count: 50_000))1",
            ]
            return right.map { InputCase(String($0.prefix(40)), body(member.path, $0), .taken) }
                + wrong.map { InputCase(String($0.prefix(40)), body(member.path, $0), .invalid([member.path])) }
        }
    }

    /// Strings around the bounds of their length.
    var lengths: [InputCase] {
        members.flatMap { member -> [InputCase] in
            guard case .text(_, let lengths, let start) = member.kind else { return [] }
            let limit = lengths.upperBound
            return [0, 1, 2, limit - 1, limit, limit + 1, 10 * limit, 60_000].map { length in
                let outcome = lengths.contains(length) ? InputCase.Outcome.taken : .invalid([member.path])
                let text = start.isEmpty ? String(repeating: "a", count: length) : Self.home(length)
                return InputCase("\(length) bytes in \(member.path)", body(member.path, "\"\(text)\""), outcome)
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
