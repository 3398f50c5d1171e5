/// What a generated password shall be like.
public struct PasswordOptions: Sendable, Equatable, Encodable {
    /// Characters, 16 to 128; the service's default is 16.
    public let length: Int

    /// A password of `length` characters.
    public init(length: Int) {
        self.length = length
    }
}
