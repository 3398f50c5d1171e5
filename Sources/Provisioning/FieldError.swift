/// One member of a request that is wrong.
public struct FieldError: Sendable, Equatable {
    /// The place of the member as a JSON pointer, `/passwordOptions/length`; empty for the request as a whole.
    public let path: String
    /// What is allowed, as the end of a sentence that begins with the member.
    public let message: String

    /// A wrong member.
    public init(path: String, message: String) {
        self.path = path
        self.message = message
    }

    /// The member and what is allowed.
    public var sentence: String {
        let name = path.dropFirst().map { $0 == "/" ? "." : $0 }
        return (name.isEmpty ? "the body" : String(name)) + " " + message
    }
}
