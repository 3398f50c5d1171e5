import AsyncHTTPClient
import Glibc
import NIOCore
import NIOPosix
import NIOSSL

/// The one translation of what the HTTP client throws.
struct TransportError {
    /// What happened, in a few words.
    let reason: String
    /// Whether it happened before there was a connection to send anything on.
    let isBeforeSending: Bool
    /// Whether another attempt would end the same.
    let isLasting: Bool

    /// What the system says when there is no connection yet, and of none that exists: an unreachable host may be both.
    private static let noConnection = [ECONNREFUSED, EADDRNOTAVAIL]

    init(_ error: any Error) {
        switch error {
        case let error as NIOConnectionError:
            self.init(Self.reason(of: error), isBeforeSending: true)
        case let error as IOError where Self.noConnection.contains(error.errnoCode):
            self.init(String(cString: strerror(error.errnoCode)), isBeforeSending: true)
        case let error as NIOSSLExtraError:
            self.init("encryption was not agreed: \(error)", isBeforeSending: true, isLasting: true)
        case NIOSSLError.handshakeFailed(.sslError(let stack)):
            // What it fails by is mostly a certificate that nobody trusted has signed, and stays so.
            let isLasting = !stack.contains(.eofDuringHandshake)
            let text = stack.first.map { "\($0)" } ?? "it failed"
            self.init("encryption was not agreed: \(text)", isBeforeSending: true, isLasting: isLasting)
        case NIOSSLError.handshakeFailed(let error):
            self.init("encryption was not agreed: \(error)", isBeforeSending: true)
        case NIOSSLError.uncleanShutdown:
            self.init("the connection was closed")
        case is NIOTooManyBytesError:
            self.init("the answer is too large")
        case let error as HTTPClientError:
            self.init(error)
        default:
            self.init("\(error)")
        }
    }

    private init(_ error: HTTPClientError) {
        switch error {
        case .connectTimeout, .getConnectionFromPoolTimeout:
            self.init("no connection was made in time", isBeforeSending: true)
        case .tlsHandshakeTimeout: self.init("encryption was not agreed in time", isBeforeSending: true)
        case .remoteConnectionClosed: self.init("the connection was closed")
        default: self.init(error.shortDescription)
        }
    }

    private init(_ reason: String, isBeforeSending: Bool = false, isLasting: Bool = false) {
        self.reason = reason
        self.isBeforeSending = isBeforeSending
        self.isLasting = isLasting
    }

    private static func reason(of error: NIOConnectionError) -> String {
        if let failure = error.connectionErrors.first { return "\(failure.target): \(failure.error)" }
        if error.dnsAError != nil || error.dnsAAAAError != nil { return "no address is known for \(error.host)" }
        return "no connection to \(error.host):\(error.port)"
    }
}
