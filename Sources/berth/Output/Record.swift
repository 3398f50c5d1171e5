/// One thing as lines of a label and a value.
enum Record {
    static func text(_ fields: [(label: String, value: String?)]) -> String {
        let width = fields.map(\.label.count).max() ?? 0
        return fields.map { field in
            let padding = String(repeating: " ", count: width - field.label.count + 2)
            return field.label + padding + TerminalText.escaped(field.value ?? "-")
        }.joined(separator: "\n")
    }
}
