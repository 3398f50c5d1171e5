/// What looks like one of Berth's own secrets, typed or sent where it does not belong: it is not taken down.
enum SecretForm {
    /// What stands in its place.
    static let withheld = "(withheld)"

    private static let keyStart = Array("berth_".utf8)
    /// Characters behind the start of an API key: 256 bits in base64url.
    private static let keyLength = 43

    /// Whether the text has the form of a generated password: 16 to 128 letters and digits. No user name has it.
    static func isPassword(_ text: String) -> Bool {
        (16...128).contains(text.utf8.count) && text.utf8.allSatisfy(isAlphanumeric)
    }

    /// The text without whatever has the form of an API key.
    static func withoutKeys(_ text: String) -> String {
        let bytes = Array(text.utf8)
        guard bytes.count >= keyStart.count + keyLength else { return text }
        var result: [UInt8] = []
        var place = 0
        var isFound = false
        while place < bytes.count {
            let rest = bytes[place...]
            if rest.starts(with: keyStart) {
                let length = rest.dropFirst(keyStart.count).prefix(while: isOfKey).count
                if length >= keyLength {
                    result += withheld.utf8
                    place += keyStart.count + length
                    isFound = true
                    continue
                }
            }
            result.append(bytes[place])
            place += 1
        }
        return isFound ? String(decoding: result, as: UTF8.self) : text
    }

    private static func isOfKey(_ byte: UInt8) -> Bool {
        isAlphanumeric(byte) || byte == UInt8(ascii: "_") || byte == UInt8(ascii: "-")
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: false
        }
    }
}
