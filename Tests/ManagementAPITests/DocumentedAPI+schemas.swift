import Foundation

@testable import ManagementAPI

// As much of JSON Schema as the document has, but stricter: a member that is in no schema is a fault.
extension DocumentedAPI {
    /// What is wrong with `value`, each with its place.
    func faults(_ value: JSONValue, _ schema: JSONValue, _ place: String) -> [String] {
        let known = properties(of: schema)
        var faults = value.members.keys.filter { !known.isEmpty && known[$0] == nil }
            .map { "\(place): \($0) is not documented" }
        for (name, value) in value.members {
            for schema in known[name] ?? [] { faults += self.faults(value, schema, "\(place)/\(name)") }
        }
        return faults + shallow(value, schema, place)
    }

    /// The members that an object may have, each with its schemas; none where that is not said.
    private func properties(of schema: JSONValue) -> [String: [JSONValue]] {
        let schema = resolved(schema)
        var known = (schema["properties"]?.members ?? [:]).mapValues { [$0] }
        for part in schema["allOf"]?.elements ?? [] { known.merge(properties(of: part)) { $0 + $1 } }
        return known
    }

    /// All but the members of an object.
    private func shallow(_ value: JSONValue, _ schema: JSONValue, _ place: String) -> [String] {
        let schema = resolved(schema)
        var faults = Self.bounds(value, schema, place)
        if let type = schema["type"] {
            let types = type.text.map { [$0] } ?? type.elements.compactMap(\.text)
            if !types.contains(where: { value.isOf(type: $0) }) { faults.append("\(place) is of none of \(types)") }
        }
        if let names = schema["enum"], !names.elements.contains(value) {
            faults.append("\(place) is none of the names")
        }
        if let constant = schema["const"], constant != value { faults.append("\(place) is not \(constant)") }
        if let items = schema["items"] {
            for (index, element) in value.elements.enumerated() {
                faults += self.faults(element, items, "\(place)/\(index)")
            }
        }
        if case .object = value {
            for name in schema["required"]?.elements.compactMap(\.text) ?? [] where value[name] == nil {
                faults.append("\(place): \(name) is missing")
            }
        }
        for part in schema["allOf"]?.elements ?? [] { faults += shallow(value, part, place) }
        if let choices = schema["anyOf"]?.elements,
            !choices.contains(where: { shallow(value, $0, place).isEmpty })
        {
            faults.append("\(place) is nothing of what it may be")
        }
        if let other = schema["not"], shallow(value, other, place).isEmpty { faults.append("\(place) may not be so") }
        return faults
    }

    private static func bounds(_ value: JSONValue, _ schema: JSONValue, _ place: String) -> [String] {
        func exceeds(_ measure: Int, _ lower: String, _ upper: String) -> Bool {
            let lowest = schema[lower]?.integer ?? .min, highest = schema[upper]?.integer ?? .max
            return measure < lowest || measure > highest
        }
        switch value {
        case .number:
            guard let number = value.integer, exceeds(number, "minimum", "maximum") else { return [] }
            return ["\(place) is out of bounds"]
        case .array(let elements):
            return exceeds(elements.count, "minItems", "maxItems") ? ["\(place) has too many or too few"] : []
        case .string(let text):
            var faults: [String] = []
            if exceeds(text.unicodeScalars.count, "minLength", "maxLength") {
                faults.append("\(place) is too long or short")
            }
            if let pattern = schema["pattern"]?.text, !matches(text, pattern) {
                faults.append("\(place) is not as \(pattern)")
            }
            return faults
        case .null, .boolean, .object: return []
        }
    }

    /// Whether `text` has in it what an expression of ECMA-262 means: here ICU's are the same, but for the end of the text.
    static func matches(_ text: String, _ pattern: String) -> Bool {
        let pattern = pattern.hasSuffix("$") ? pattern.dropLast() + "\\z" : pattern
        guard let expression = try? NSRegularExpression(pattern: pattern) else { return false }
        return expression.firstMatch(in: text, range: NSRange(text.startIndex..., in: text)) != nil
    }
}

extension JSONValue {
    fileprivate func isOf(type: String) -> Bool {
        switch self {
        case .null: type == "null"
        case .boolean: type == "boolean"
        // Also one that is too large for Int.
        case .number(let text): type == "integer" && !text.contains { ".eE".contains($0) }
        case .string: type == "string"
        case .array: type == "array"
        case .object: type == "object"
        }
    }
}
