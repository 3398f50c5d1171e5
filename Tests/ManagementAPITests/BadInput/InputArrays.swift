import Foundation

// Arrays of names, and what is in them.
extension InputOperation {
    /// How many elements, and what each may be; all that are wrong are named.
    var elements: [InputCase] {
        members.flatMap { member -> [InputCase] in
            guard case .names(let names) = member.kind else { return [] }
            return soundArrays(of: member, names) + longArrays(of: member, names)
                + Self.wrongElements(names).flatMap { element in wrongPlaces(of: element, in: member, names) }
                + severalWrong(in: member, names)
        }
    }

    private func array(_ elements: [String], in member: InputMember, _ outcome: InputCase.Outcome) -> InputCase {
        let text = elements.joined(separator: ",")
        return InputCase("[\(text.prefix(60))] in \(member.path)", body(member.path, "[\(text)]"), outcome)
    }

    /// Each name alone and all at once, in any order, more than once, and however their letters are written.
    private func soundArrays(of member: InputMember, _ names: [String]) -> [InputCase] {
        let quoted = names.map { "\"\($0)\"" }
        let escaped = names.map { name in
            "\"" + name.utf16.map { String(format: "\\u%04X", $0) }.joined() + "\""
        }
        var arrays = quoted.map { [$0] } + escaped.map { [$0] } + [quoted, quoted.reversed(), escaped]
        for name in quoted {
            arrays += [[name, name], Array(repeating: name, count: names.count), [" \n" + name + "\t"]]
        }
        return arrays.map { array($0, in: member, .taken) }
    }

    /// None, and more than there are names: then the elements don't matter, and the answer stays short.
    private func longArrays(of member: InputMember, _ names: [String]) -> [InputCase] {
        let quoted = names.map { "\"\($0)\"" }
        let longest = quoted.map { String(repeating: $0 + ",", count: 60_000 / ($0.utf8.count + 1)).dropLast() }
        let arrays = [
            [], quoted + quoted.prefix(1), quoted + ["null"], Array(repeating: "null", count: names.count + 1),
            Array(repeating: quoted.last ?? "", count: names.count + 1), Array(repeating: "0", count: 10_000),
            Array(repeating: "{}", count: 10_000), Array(repeating: "[]", count: 20_000),
            Array(repeating: "\"\"", count: 20_000), (0..<10_000).map { "\($0)" },
        ]
        return (arrays + longest.map { [String($0)] }).map { array($0, in: member, .invalid([member.path])) }
    }

    /// A wrong element alone, before a sound one and behind it.
    private func wrongPlaces(of element: String, in member: InputMember, _ names: [String]) -> [InputCase] {
        let sound = "\"\(names.last ?? "")\""
        return [([element], 0), ([element, sound], 0), ([sound, element], 1)].map { elements, place in
            array(elements, in: member, .invalid(["\(member.path)/\(place)"]))
        }
    }

    private func severalWrong(in member: InputMember, _ names: [String]) -> [InputCase] {
        let sound = "\"\(names.first ?? "")\""
        let all = ["null", "\"x\"", "1", sound, "[]", "{}"]
        return [
            array(all, in: member, .invalid([0, 1, 2, 4, 5].map { "\(member.path)/\($0)" })),
            array(
                Array(repeating: "null", count: names.count), in: member,
                .invalid(names.indices.map { "\(member.path)/\($0)" })),
        ]
    }

    /// What is none of the names, as JSON.
    private static func wrongElements(_ names: [String]) -> [String] {
        var values = [
            "null", "true", "false", "0", "1", "-1", "1.5", "1e400", "{}", #"{"a":1,"a":2}"#, "[]", "[[]]",
        ]
        values += names.map { "[\"\($0)\"]" }
        var texts = [
            "", " ", "x", "*", "null", "true", "0", "root", ":", "users", "users:*", "users:delete", "readUsers",
        ]
        texts += [names.joined(separator: ","), names.joined(separator: " "), String(repeating: "a", count: 50_000)]
        for name in names {
            texts += [
                name.uppercased(), name.capitalized, name + "s", name + ":", ":" + name, String(name.dropLast()),
                String(name.dropFirst()), name + name, name.replacing("a", with: "а"), name.replacing("a", with: "ａ"),
                name.replacing("e", with: "е"), name.replacing("i", with: "ı"), name.replacing(":", with: "："),
                name.replacing(":", with: "∶"), name.replacing(":", with: "."), name.replacing(":", with: ": "),
                name.replacing("u", with: "𝐮"), name + "\u{301}", name + "\u{200b}", "\u{feff}" + name,
                "\u{202e}" + name, "\u{a0}" + name, name + #"\ud800"#, #"\udc00"# + name,
            ]
        }
        for byte in UInt8(0)..<0x80 {
            let name = names.last ?? "", escaped = String(format: "\\u%04x", byte)
            texts += [name + escaped, escaped + name]
        }
        return values + texts.filter { text in !names.contains(text) }.map { "\"\($0)\"" }
    }
}
