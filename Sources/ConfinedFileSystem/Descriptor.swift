import Glibc

/// Owns one file descriptor and closes it when it goes.
public struct Descriptor: ~Copyable, Sendable {
    /// The number; valid as long as this value lives.
    public let rawValue: CInt

    /// Takes over `descriptor`, which nobody else may close from now on.
    public init(owning descriptor: CInt) {
        rawValue = descriptor
    }

    deinit {
        _ = Glibc.close(rawValue)
    }

    /// Gives the descriptor away without closing it.
    public consuming func release() -> CInt {
        let descriptor = rawValue
        discard self
        return descriptor
    }

    /// Closes and says how that went. It is never repeated: after close(2) the number is free, whatever it returned.
    public consuming func close() throws(Errno) {
        let result = Glibc.close(release())
        guard result == 0 else {
            let error = Errno.current
            if error == .interrupted { return }
            throw error
        }
    }
}
