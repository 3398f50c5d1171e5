/// Texts drawn by the system's random generator.
enum RandomText {
    /// Upper-case letters.
    static let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
    /// Upper-case letters and digits: usernames.
    static let lettersAndDigits = letters + Array("0123456789")
    /// Letters of both cases and digits: passwords, 5.95 bits each.
    static let alphanumerics = lettersAndDigits + Array("abcdefghijklmnopqrstuvwxyz")

    /// `count` characters, each drawn uniformly and independently from `alphabet`, which must not be empty.
    ///
    /// `randomElement` draws an index below a bound with rejection, so no character is likelier than another.
    static func draw(_ count: Int, from alphabet: [Character], using generator: inout some RandomNumberGenerator)
        -> String
    {
        var text = ""
        for _ in 0..<max(0, count) {
            guard let character = alphabet.randomElement(using: &generator) else { break }
            text.append(character)
        }
        return text
    }

    /// `count` random bytes.
    static func bytes(_ count: Int, using generator: inout some RandomNumberGenerator) -> [UInt8] {
        (0..<max(0, count)).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
    }
}
