import Provisioning

extension JSONValue {
    /// The string `name` of an object.
    func text(_ name: String) -> Field<String> {
        member(name) { value in
            guard case .string(let text) = value else { return nil }
            return text
        }
    }

    /// The integer `name` of an object.
    func integer(_ name: String) -> Field<Int> {
        member(name, \.integer)
    }

    /// The truth value `name` of an object.
    func boolean(_ name: String) -> Field<Bool> {
        member(name) { value in
            guard case .boolean(let boolean) = value else { return nil }
            return boolean
        }
    }

    /// The integer `inner` of the object `outer` of an object.
    func integer(_ inner: String, in outer: String) -> Field<Field<Int>> {
        member(outer) { value in
            guard case .object = value else { return nil }
            return value.integer(inner)
        }
    }

    /// The array `name` of an object, its elements as strings.
    func texts(_ name: String) -> Field<[Field<String>]> {
        member(name) { value in
            guard case .array(let elements) = value else { return nil }
            return elements.map { element in
                switch element {
                case .string(let text): .value(text)
                case .null: .absent
                default: .wrongType
                }
            }
        }
    }

    private func member<Value>(_ name: String, _ read: (JSONValue) -> Value?) -> Field<Value> {
        guard case .object(let members) = self else { return .wrongType }
        // Byte for byte: Swift's == takes different spellings of one letter for the same.
        let found = members.filter { $0.name.utf8.elementsEqual(name.utf8) }
        guard let first = found.first else { return .absent }
        guard found.count == 1 else { return .repeated }
        guard first.value != .null else { return .absent }
        return read(first.value).map(Field.value) ?? .wrongType
    }
}
