import SSHWire

/// A password that a client sent.
///
/// The bytes are overwritten when the last reference goes, and no description shows them.
public final class ClientSecret: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    private var storage: ByteQueue

    /// A copy of `bytes`.
    public init(copying bytes: RawSpan) {
        storage = ByteQueue(capacity: bytes.byteCount)
        storage.append(raw: bytes)
    }

    deinit {
        storage.wipe()
    }

    /// The bytes.
    public var bytes: RawSpan {
        @_lifetime(borrow self)
        get { _overrideLifetime(storage.bytes, borrowing: self) }
    }

    /// `<redacted>`
    public var description: String { "<redacted>" }
    /// `<redacted>`
    public var debugDescription: String { "<redacted>" }
    /// Without members.
    public var customMirror: Mirror { Mirror(self, children: [:]) }
}
