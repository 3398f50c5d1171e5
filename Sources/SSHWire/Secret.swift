/// Bytes that must not be seen: a password on its way from the client to the broker.
///
/// The bytes are overwritten when the last reference goes, and no description shows them.
public final class Secret: Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    // Never written after init until deinit, when nobody else holds it.
    private nonisolated(unsafe) let storage: UnsafeMutableRawBufferPointer

    /// A copy of `bytes`.
    public init(copying bytes: RawSpan) {
        storage = .allocate(byteCount: bytes.byteCount, alignment: 1)
        bytes.withUnsafeBytes { storage.copyMemory(from: $0) }
    }

    deinit {
        overwrite(storage)
        storage.deallocate()
    }

    /// The bytes.
    public var bytes: RawSpan {
        @_lifetime(borrow self)
        get {
            let span = RawSpan(_unsafeBytes: UnsafeRawBufferPointer(storage))
            return _overrideLifetime(span, borrowing: self)
        }
    }

    /// `<redacted>`
    public var description: String { "<redacted>" }
    /// `<redacted>`
    public var debugDescription: String { "<redacted>" }
    /// Without members.
    public var customMirror: Mirror { Mirror(self, children: [:]) }
}

/// Not inlined, so that the stores to memory which is freed next are not removed as dead.
@inline(never)
private func overwrite(_ storage: UnsafeMutableRawBufferPointer) {
    storage.initializeMemory(as: UInt8.self, repeating: 0)
}
