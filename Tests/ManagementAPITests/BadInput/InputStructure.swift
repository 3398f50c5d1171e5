import Foundation

// Bodies that are no JSON object, or one with more in it than there should be.
extension InputOperation {
    /// What is not one object of JSON, from no byte to one too many.
    var structures: [InputCase] {
        let sound = body(), opened = String(body().dropLast()), closed = String(body().dropFirst())
        var unreadable: [String] = [
            " ", "\n", "null", "true", "0", "\"\"", "[]", "[\(sound)]", "\(sound)}", "\(sound)]",
            "\(sound)\(sound)",
            "\(sound),\(sound)", "\(sound)\n\(sound)", "\(sound) x", "\(sound)\0", "\0\(sound)", "x\(sound)",
        ]
        // A mark of the byte order, spaces that JSON has not, and the line separators of JavaScript.
        for space in ["\u{feff}", "\u{a0}", "\u{b}", "\u{c}", "\u{85}", "\u{2028}", "\u{3000}"] {
            unreadable += [space + sound, sound + space, "{\(space)\(closed)"]
        }
        // What lenient readers take.
        unreadable += [
            "\(opened),}", "{,\(closed)", "/* */\(sound)", "\(sound)// x", "# x\n\(sound)", "{/**/\(closed)",
            "\(sound);",
            ")]}',\n\(sound)", "x(\(sound))", "(\(sound))",
        ]
        for (written, other) in [(",\"", ",,\""), (":", "="), (":", " "), (":", "::"), ("\"", "'"), ("\"", "“")] {
            unreadable.append(sound.replacingOccurrences(of: written, with: other))
        }
        // Other languages.
        unreadable += [
            "homeDirectory=%2Fa&description=x", "<user><homeDirectory>/a</homeDirectory></user>", "homeDirectory: /a\n",
            "--x\r\nContent-Disposition: form-data; name=\"homeDirectory\"\r\n\r\n/a\r\n--x--\r\n",
            "\u{1f}\u{8b}\u{8}\0",
        ]
        // A name without quotes.
        if let member = members.first {
            unreadable.append(sound.replacingOccurrences(of: "\"\(member.name)\"", with: member.name))
        }
        // Everything that ends too early.
        unreadable += sound.indices.map { String(sound[..<$0]) }
        let encodings: [String.Encoding] = [
            .utf16, .utf16LittleEndian, .utf16BigEndian, .utf32, .utf32LittleEndian, .utf32BigEndian,
        ]
        let encoded = encodings.compactMap { encoding in
            sound.data(using: encoding).map { InputCase("\(encoding)", Array($0), .invalid([""])) }
        }
        // Spaces are fine where JSON has them.
        let spaced = sound.replacingOccurrences(of: "\":", with: "\" \t:\r\n ").replacingOccurrences(
            of: ",\"", with: " , \"")
        return unreadable.filter { $0 != sound && !$0.isEmpty }.map {
            .unreadable("\($0.prefix(40).debugDescription)", $0)
        } + encoded
            + [
                InputCase("spaces", " \r\n\t" + spaced + "\n", .taken),
                InputCase("no body", "", isBodyOptional ? .taken : .invalid([""])),
            ]
    }

    /// Arrays and objects inside each other.
    var nestings: [InputCase] {
        func arrays(_ depth: Int) -> String {
            String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
        }
        func objects(_ depth: Int) -> String {
            String(repeating: "{\"a\":", count: depth - 1) + "{}" + String(repeating: "}", count: depth - 1)
        }
        func beyond(_ value: String) -> String { "{\"x\":\(value),\(body().dropFirst())" }
        // The body is the first level.
        var cases = [
            InputCase("64 levels of arrays", beyond(arrays(63)), .taken),
            InputCase("64 levels of objects", beyond(objects(63)), .taken),
            .unreadable("65 levels of arrays", beyond(arrays(64))),
            .unreadable("65 levels of objects", beyond(objects(64))),
            .unreadable("30,000 levels of arrays", beyond(arrays(30_000))),
            .unreadable("10,000 levels of objects", beyond(objects(10_000))),
            .unreadable("60,000 levels that are never closed", beyond(String(repeating: "[", count: 60_000))),
            .unreadable("60,000 levels as the body", String(repeating: "[", count: 60_000)),
            InputCase(
                "100,000 levels", beyond(arrays(100_000)), .error("RequestEntityTooLargeException", 413)),
            InputCase(
                "100,000 levels that are never closed", String(repeating: "{\"a\":", count: 100_000),
                .error("RequestEntityTooLargeException", 413)),
            InputCase("10,000 members beyond", beyond("1" + String(repeating: ",\"\":1", count: 10_000)), .taken),
        ]
        for member in members {
            let room = member.isNested ? 62 : 63
            let deep = arrays(room), deeper = arrays(room + 1)
            cases.append(
                InputCase("64 levels in \(member.path)", body(member.path, deep), .invalid([member.placeOfArray])))
            cases.append(.unreadable("65 levels in \(member.path)", body(member.path, deeper)))
        }
        return cases
    }

    /// A member that is there twice, under one name or another spelling of it.
    var repetitions: [InputCase] {
        members.flatMap { member -> [InputCase] in
            let name = member.name
            let first = String(format: "\\u%04x", name.utf8.first ?? 0)
            let again = [
                "\"\(name)\":\(member.sound)", "\"\(name)\":null", "\"\(name)\":[]",
                "\"\(first)\(name.dropFirst())\":\(member.sound)",
                "\"\(name)\":\(member.sound),\"\(name)\":\(member.sound)",
            ]
            let others = [
                "\"x\":1,\"x\":2", "\"\(name.uppercased())\":1", "\"\(name) \":1", "\"\(name)\\u0000\":1", "\"\":1",
            ]
            return again.map { InputCase("\($0) again", body(with: $0, besides: member.path), .invalid([member.path])) }
                + others.map { InputCase("\($0) besides", body(with: $0, besides: member.path), .taken) }
        }
    }

    /// A name that only looks like a member's is another one, which is ignored: the member is absent.
    var names: [InputCase] {
        members.flatMap { member -> [InputCase] in
            let name = member.name
            let others = [
                name.uppercased(), name.lowercased() == name ? name.capitalized : name.lowercased(), name + " ",
                " " + name,
                name + #"\u0000"#, name + #"\t"#, name.replacing("e", with: "е"), name.replacing("o", with: "ο"),
                name + "\u{200b}", "\u{feff}" + name, "\u{202e}" + name, name + "\u{301}",
                name.replacing("e", with: "ｅ"),
                "/" + name, name + "[]", "$." + name,
            ].filter { $0 != name }
            return others.map { other in
                let text = body(member.path, "%").replacingOccurrences(
                    of: "\"\(name)\":%", with: "\"\(other)\":\(member.sound)")
                return InputCase("\(other.debugDescription) for \(name)", text, member.outcomeWhenAbsent)
            }
        }
    }
}
