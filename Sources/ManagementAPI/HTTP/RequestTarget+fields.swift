import Provisioning

extension RequestTarget {
    /// The text `name` of the query.
    func text(_ name: String) -> Field<String> {
        let found = query.filter { $0.name.map { $0.utf8.elementsEqual(name.utf8) } ?? false }
        guard let first = found.first else { return .absent }
        guard found.count == 1 else { return .repeated }
        return first.value.map(Field.value) ?? .wrongType
    }

    /// The truth value `name` of the query: `true` or `false`.
    func boolean(_ name: String) -> Field<Bool> {
        switch text(name) {
        case .absent: .absent
        case .repeated: .repeated
        case .wrongType: .wrongType
        case .value(let text): Bool(text).map(Field.value) ?? .wrongType
        }
    }

    /// The integer `name` of the query, in decimal digits.
    func integer(_ name: String) -> Field<Int> {
        switch text(name) {
        case .absent: return .absent
        case .repeated: return .repeated
        case .wrongType: return .wrongType
        case .value(let text):
            let digits = text.utf8.drop { $0 == UInt8(ascii: "-") }
            let isPlain = !digits.isEmpty && digits.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
            return isPlain ? Int(text).map(Field.value) ?? .wrongType : .wrongType
        }
    }
}
