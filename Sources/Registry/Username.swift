/// The form of generated usernames: 8 characters `A–Z0–9`, the first a letter (2 × 10¹² names).
public enum Username {
    /// Characters of a username.
    public static let length = 8

    /// Whether `text` could be a username that Berth made; compared byte for byte.
    public static func isWellFormed(_ text: String) -> Bool {
        var count = 0
        for byte in text.utf8 {
            let isLetter = (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
            let isDigit = (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
            guard isLetter || (isDigit && count > 0) else { return false }
            count += 1
            guard count <= length else { return false }
        }
        return count == length
    }

    static func draw(using generator: inout some RandomNumberGenerator) -> String {
        RandomText.draw(1, from: RandomText.letters, using: &generator)
            + RandomText.draw(length - 1, from: RandomText.lettersAndDigits, using: &generator)
    }
}
