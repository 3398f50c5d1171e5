import Synchronization

/// The certificate that new connections are served with. Those that are open go on with the one they began with.
public final class CurrentCertificate: Sendable {
    private let current: Mutex<TLSCertificate>

    /// Begins with `certificate`.
    public init(_ certificate: TLSCertificate) {
        current = Mutex(certificate)
    }

    /// The certificate of the next connection.
    public var certificate: TLSCertificate {
        get { current.withLock { $0 } }
        set { current.withLock { $0 = newValue } }
    }
}
