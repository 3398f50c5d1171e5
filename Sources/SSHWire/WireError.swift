/// Why bytes from the wire could not be read as what they should be.
public enum WireError: Error, Equatable, Sendable {
    /// A value runs past the end of its frame: it needs `needed` bytes and `available` are left.
    case truncated(needed: Int, available: Int)
    /// A length or count exceeds the limit that the protocol or Berth sets for it.
    case tooLong(length: Int, limit: Int)
    /// Bytes are left over after the last member of a message.
    case trailingBytes(count: Int)
    /// A discriminator (type, tag, flag) has no meaning here.
    case unknownValue(UInt64)
    /// A member breaks a rule of its type (a NUL in a path, a list in disorder).
    case malformed
}
