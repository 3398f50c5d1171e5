import Foundation

// Characters, encodings of them, and what only looks like one.
extension InputOperation {
    /// Every byte of ASCII in a string, escaped and as it is, at its end and within.
    var characters: [InputCase] {
        texts { member, alphabet, start in
            (UInt8(0)..<0x80).flatMap { byte -> [InputCase] in
                let escaped = String(format: "\\u%04x", byte)
                let isAllowed = alphabet.utf8.contains(byte)
                let outcome = isAllowed ? InputCase.Outcome.taken : .invalid([member.path])
                let raw = String(UnicodeScalar(byte))
                let isPlain = byte >= 0x20 && raw != "\"" && raw != "\\"
                return ["", "x"].flatMap { end in
                    [
                        InputCase(
                            "\(escaped) in \(member.path)", body(member.path, "\"\(start)\(escaped)\(end)\""), outcome),
                        // RFC 8259 section 7: control characters must be escaped.
                        InputCase(
                            "byte \(byte) in \(member.path)", body(member.path, "\"\(start)\(raw)\(end)\""),
                            isPlain ? outcome : .invalid([""])),
                    ]
                }
            }
        }
    }

    /// Those of the characters below that can't be seen (Unicode's categories Cc, Cf, Co, Cn, Zl and Zp), and the one that
    /// stands for what was none.
    private static let unseen: Set<UInt32> = [
        0x80, 0x85, 0xad, 0x200b, 0x200c, 0x200d, 0x200e, 0x200f, 0x2028, 0x2029, 0x202a, 0x202e, 0x2060, 0x2066,
        0x2069,
        0xd7ff, 0xe000, 0xfeff, 0xfffd, 0xfffe, 0xffff, 0xe0041, 0xf0000, 0x10ffff,
    ]

    /// Characters beyond ASCII, among them those that look like an allowed one, or become one when they are normalised,
    /// folded or cut.
    var lookAlikes: [InputCase] {
        let scalars: [UInt32] = [
            0x80, 0x85, 0xa0, 0xad, 0xb5, 0xe9, 0xdf, 0xff, 0x100, 0x12f, 0x130, 0x131, 0x17f, 0x2b0, 0x301, 0x338,
            0x37e,
            0x391, 0x3bf, 0x410, 0x430, 0x43e, 0x440, 0x441, 0x5d0, 0x627, 0x660, 0x966, 0x1160, 0x2002, 0x200b, 0x200c,
            0x200d, 0x200e, 0x200f, 0x2010, 0x2011, 0x2013, 0x2024, 0x2025, 0x2028, 0x2029, 0x202a, 0x202e, 0x2044,
            0x2060,
            0x2066, 0x2069, 0x20ac, 0x212a, 0x2160, 0x2215, 0x2236, 0x2571, 0x29f8, 0x3000, 0x302f, 0x4e2d, 0xd7ff,
            0xe000,
            0xfb01, 0xfe52, 0xfe63, 0xfe68, 0xfeff, 0xff0b, 0xff0d, 0xff0e, 0xff0f, 0xff11, 0xff1a, 0xff21, 0xff3c,
            0xff3f,
            0xff41, 0xfffd, 0xfffe, 0xffff, 0x10000, 0x1d400, 0x1d7ce, 0x1f600, 0x1f1e9, 0xe0041, 0xf0000, 0x10ffff,
        ]
        // As one character and as a letter with a mark: both are what they are, neither is made the other.
        let sequences =
            scalars.compactMap { UnicodeScalar($0).map(String.init) } + ["e\u{301}", "A\u{30a}", "o\u{338}"]
        return texts { member, _, start in
            sequences.flatMap { text -> [InputCase] in
                let escaped = text.utf16.map { String(format: "\\u%04X", $0) }.joined()
                let values = [start + text, start + text + "x", start + escaped]
                let isSeen = text.unicodeScalars.allSatisfy { !Self.unseen.contains($0.value) }
                let outcome: InputCase.Outcome =
                    isSeen && member.takesAnyLetter ? .taken : .invalid([member.path])
                return values.map {
                    InputCase("\(escaped) in \(member.path)", body(member.path, "\"\($0)\""), outcome)
                }
            }
        }
            + texts { member, _, start in
                // Surrogates that stand alone, or in the wrong order.
                [#"\ud800"#, #"\udbff"#, #"\udc00"#, #"\udfff"#, #"\ud800x"#, #"\udc00\ud800"#, #"\ud800\ud800"#].map {
                    InputCase(
                        "\($0) in \(member.path)", body(member.path, "\"\(start)\($0)\""), .invalid([member.path]))
                }
            }
    }

    /// Bytes that are no UTF-8, wherever they are.
    var brokenUTF8: [InputCase] {
        let sequences: [[UInt8]] = [
            [0x80], [0xbf], [0xc0], [0xc2], [0xfe], [0xff], [0xc3, 0x28], [0xe2, 0x82], [0xf0, 0x9f, 0x98],
            [0xe2, 0x28, 0xa1],
            // Longer than it needs to be: NUL, "/", "." and more.
            [0xc0, 0x80], [0xc0, 0xaf], [0xc0, 0xae], [0xc1, 0xbf], [0xe0, 0x80, 0xaf], [0xe0, 0x9f, 0xbf],
            [0xf0, 0x80, 0x80, 0xaf], [0xf0, 0x8f, 0xbf, 0xbf], [0xf8, 0x80, 0x80, 0x80, 0xaf],
            // Surrogates, alone and as a pair (CESU-8).
            [0xed, 0xa0, 0x80], [0xed, 0xbf, 0xbf], [0xed, 0xa0, 0xbd, 0xed, 0xb8, 0x80],
            // Above U+10FFFF.
            [0xf4, 0x90, 0x80, 0x80], [0xf5, 0x80, 0x80, 0x80], [0xfc, 0x84, 0x80, 0x80, 0x80, 0x80],
        ]
        var places = [
            ("between tokens", body() + "%"), ("before the body", "%" + body()),
            ("in a member beyond", "{\"x\":\"%\",\(body().dropFirst())"),
            ("in a name beyond", "{\"%\":1,\(body().dropFirst())"),
        ]
        for member in members { places.append(("in \(member.path)", body(member.path, "\"/a%\""))) }
        return places.flatMap { place, text in
            sequences.map { bytes in
                let parts = text.split(separator: "%", omittingEmptySubsequences: false).map { Array($0.utf8) }
                let name = bytes.map { String(format: "%02x", $0) }.joined(separator: " ")
                return InputCase("\(name) \(place)", Array(parts.joined(separator: bytes)), .invalid([""]))
            }
        }
    }

    private func texts(
        _ cases: (_ member: InputMember, _ alphabet: String, _ start: String) -> [InputCase]
    ) -> [InputCase] {
        members.flatMap { member -> [InputCase] in
            switch member.kind {
            case .text(let alphabet, _, let start): cases(member, alphabet, start)
            case .printable: cases(member, String((UInt8(0x20)..<0x7f).map { Character(UnicodeScalar($0)) }), "")
            default: []
            }
        }
    }
}
