import Logging

/// How a client talks to the service.
public struct SftpClientOptions: Sendable {
    /// Encryption of connections, where the endpoint is `https`.
    public struct TLS: Sendable, Equatable {
        /// A PEM file with the certificates that are trusted, instead of the system's.
        public var trustRootsFile: String?
        /// Whether the service has to prove who it is. Without that, whoever sits in the way has the API key.
        public var verifiesCertificates: Bool

        /// By default the system's certificates are trusted.
        public init(trustRootsFile: String? = nil, verifiesCertificates: Bool = true) {
            self.trustRootsFile = trustRootsFile
            self.verifiesCertificates = verifiesCertificates
        }
    }

    /// How often and after which pauses a request is tried again.
    public var retries: RetryPolicy
    /// What a connection may take to be made.
    public var connectTimeout: Duration
    /// What one attempt may take, from connecting to the end of the answer.
    public var attemptTimeout: Duration
    /// What a `send` may take with all its attempts and pauses.
    public var totalTimeout: Duration
    /// Encryption of connections.
    public var tls: TLS
    /// Where attempts and their outcomes are told; never a secret. Nothing is logged without one.
    public var logger: Logger?

    /// By default three attempts, 10 seconds to connect, 30 for an attempt, 120 in all.
    public init(
        retries: RetryPolicy = RetryPolicy(), connectTimeout: Duration = .seconds(10),
        attemptTimeout: Duration = .seconds(30), totalTimeout: Duration = .seconds(120), tls: TLS = TLS(),
        logger: Logger? = nil
    ) {
        self.retries = retries
        self.connectTimeout = connectTimeout
        self.attemptTimeout = attemptTimeout
        self.totalTimeout = totalTimeout
        self.tls = tls
        self.logger = logger
    }
}
