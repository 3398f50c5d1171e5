/// A member of a request as it arrived: absent, of another type than it should be, or a value that is yet to be validated.
public enum Field<Value: Sendable>: Sendable {
    /// Not given, or null.
    case absent
    /// Given, but not of the member's type.
    case wrongType
    /// Given more than once.
    case repeated
    /// Given.
    case value(Value)
}

extension Field: Equatable where Value: Equatable {}
