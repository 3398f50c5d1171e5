import Testing

/// Prometheus' text format, read strictly: every line is HELP, TYPE or a sample, and no series is there twice.
struct ParsedText {
    struct Sample: Equatable {
        let name: String
        let labels: [String: String]
        let value: String

        /// Name and labels, byte for byte.
        var key: [[UInt8]] {
            let spelled = labels.sorted { $0.key < $1.key }.flatMap { [Array($0.key.utf8), Array($0.value.utf8)] }
            return [Array(name.utf8)] + spelled
        }
    }

    struct Fault: Error {
        let line: String
    }

    private(set) var samples: [Sample] = []
    private(set) var types: [String: String] = [:]
    private(set) var helps: [String: String] = [:]

    init(_ text: String) throws {
        #expect(text.isEmpty || text.utf8.last == UInt8(ascii: "\n"))
        for line in text.utf8.split(separator: UInt8(ascii: "\n")).map({ String(Substring($0)) }) {
            if line.hasPrefix("# HELP ") || line.hasPrefix("# TYPE ") {
                let rest = line.dropFirst(7)
                let name = String(rest.prefix { $0 != " " })
                let text = String(rest.dropFirst(name.count + 1))
                let isNew = line.hasPrefix("# HELP ") ? helps[name] == nil : types[name] == nil
                guard isNew, !name.isEmpty, !text.isEmpty else { throw Fault(line: line) }
                if line.hasPrefix("# HELP ") { helps[name] = text } else { types[name] = text }
            } else {
                try samples.append(Self.sample(line))
            }
        }
        guard Set(samples.map(\.key)).count == samples.count else { throw Fault(line: "a series is there twice") }
    }

    func value(_ name: String, _ labels: [String: String] = [:]) -> String? {
        samples.first { $0.name == name && $0.labels == labels }?.value
    }

    private static func sample(_ line: String) throws -> Sample {
        var rest = Array(line.unicodeScalars)[...]
        let name = take(&rest) { isOfName($0) || $0 == ":" }
        var labels: [String: String] = [:]
        if rest.first == "{" {
            repeat {
                rest.removeFirst()
                let label = take(&rest, isOfName)
                guard rest.starts(with: "=\"".unicodeScalars), !label.isEmpty, labels[label] == nil else {
                    throw Fault(line: line)
                }
                rest = rest.dropFirst(2)
                labels[label] = try value(&rest, line)
            } while rest.first == ","
            guard rest.popFirst() == "}" else { throw Fault(line: line) }
        }
        guard !name.isEmpty, rest.popFirst() == " ", !rest.isEmpty, !rest.contains(" ") else { throw Fault(line: line) }
        var value = ""
        value.unicodeScalars.append(contentsOf: rest)
        return Sample(name: name, labels: labels, value: value)
    }

    private static func value(_ rest: inout ArraySlice<Unicode.Scalar>, _ line: String) throws -> String {
        var value = ""
        while let scalar = rest.popFirst() {
            switch scalar {
            case "\"": return value
            case "\\":
                switch rest.popFirst() {
                case "n": value += "\n"
                case "\\": value += "\\"
                case "\"": value += "\""
                default: throw Fault(line: line)
                }
            default: value.unicodeScalars.append(scalar)
            }
        }
        throw Fault(line: line)
    }

    private static func take(_ rest: inout ArraySlice<Unicode.Scalar>, _ fits: (Unicode.Scalar) -> Bool) -> String {
        let taken = rest.prefix(while: fits)
        rest = rest.dropFirst(taken.count)
        var text = ""
        text.unicodeScalars.append(contentsOf: taken)
        return text
    }

    private static func isOfName(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "a"..."z", "A"..."Z", "0"..."9", "_": true
        default: false
        }
    }
}
