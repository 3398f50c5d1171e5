/// The wrong members found so far.
struct Faults {
    static let repeatedRule = "must be given only once"

    private(set) var errors: [FieldError] = []

    static func rule(_ range: ClosedRange<Int>) -> String {
        "an integer from \(range.lowerBound) to \(range.upperBound)"
    }

    mutating func add(_ path: String, _ message: String) {
        errors.append(FieldError(path: path, message: message))
    }

    mutating func text(
        _ field: Field<String>, at path: String, required: Bool, _ fault: (String) -> String?
    ) -> String? {
        switch field {
        case .absent:
            if required { add(path, "must be given") }
            return nil
        case .repeated:
            add(path, Self.repeatedRule)
            return nil
        case .wrongType:
            add(path, "must be a string")
            return nil
        case .value(let text):
            guard let fault = fault(text) else { return text }
            add(path, fault)
            return nil
        }
    }

    mutating func integer(
        _ field: Field<Int>, at path: String, _ range: ClosedRange<Int>, default defaultValue: Int
    ) -> Int {
        switch field {
        case .absent: return defaultValue
        case .value(let number) where range.contains(number): return number
        case .repeated:
            add(path, Self.repeatedRule)
            return defaultValue
        case .wrongType, .value:
            add(path, "must be \(Self.rule(range))")
            return defaultValue
        }
    }

    /// The truth value; nil when there is none and no default, or a fault.
    mutating func boolean(_ field: Field<Bool>, at path: String, default defaultValue: Bool?) -> Bool? {
        switch field {
        case .value(let value): return value
        case .absent:
            if defaultValue == nil { add(path, "must be given: true or false") }
            return defaultValue
        case .repeated: add(path, Self.repeatedRule)
        case .wrongType: add(path, "must be true or false")
        }
        return nil
    }
}
