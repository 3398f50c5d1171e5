/// What names a session in messages and logs: 64 random bits, drawn by the listener.
public struct SessionID: Hashable, Sendable, CustomStringConvertible {
    /// The bits.
    public let rawValue: UInt64

    /// An identifier that arrived from elsewhere.
    public init(rawValue: UInt64) {
        self.rawValue = rawValue
    }

    /// Reads ``description``; nil for anything else.
    public init?(_ text: String) {
        let isForm =
            text.utf8.count == 16
            && text.utf8.allSatisfy {
                (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
                    || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains($0)
            }
        guard isForm, let value = UInt64(text, radix: 16) else { return nil }
        rawValue = value
    }

    /// A fresh identifier.
    public static func random() -> SessionID {
        SessionID(rawValue: .random(in: 1 ... .max))
    }

    /// 16 hexadecimal digits.
    public var description: String {
        let digits = String(rawValue, radix: 16)
        return String(repeating: "0", count: 16 - digits.utf8.count) + digits
    }
}
