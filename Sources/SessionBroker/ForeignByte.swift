/// Bytes that are no text, on their way to the log: each has a scalar at the end of the last private plane, which the log
/// writes as `\xNN`, as it does nothing else.
public enum ForeignByte {
    private static let first: UInt32 = 0x10FF00

    /// The scalar that stands for a byte.
    static func scalar(_ byte: UInt8) -> Unicode.Scalar? { Unicode.Scalar(first + UInt32(byte)) }

    /// Text in which the bytes that are no text stand as `\xNN`, and each backslash twice, so that neither can be taken for
    /// the other.
    static func spelledOut(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            if let byte = byte(of: scalar) {
                result += (byte < 16 ? "\\x0" : "\\x") + String(byte, radix: 16)
            } else {
                result += scalar == "\\" ? "\\\\" : String(scalar)
            }
        }
        return result
    }

    /// The byte that a scalar stands for; nil for all others.
    public static func byte(of scalar: Unicode.Scalar) -> UInt8? {
        scalar.value >= first ? UInt8(truncatingIfNeeded: scalar.value) : nil
    }
}
