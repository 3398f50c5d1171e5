/// A member of a request that the service finds wrong.
public struct FieldError: Sendable, Equatable, Decodable {
    /// Where it is, as `/passwordOptions/length`; empty for the body as a whole.
    public let path: String
    /// What is allowed there.
    public let message: String
}
