import SessionControl

/// How logins are protected from guessing.
public struct LoginProtection: Sendable {
    /// Failed logins, those of a while ago counting less, after which a source is blocked; 0 for never.
    public var blockAfterFailures: Int
    /// Seconds that the first block lasts; each further one within a day lasts twice as long, up to 24 hours.
    public var blockSeconds: Int
    /// Networks that are never blocked or slowed down.
    public var trustedNetworks: [AddressNetwork]

    /// Protection with Berth's defaults for what is not given.
    public init(blockAfterFailures: Int = 10, blockSeconds: Int = 60, trustedNetworks: [AddressNetwork] = []) {
        self.blockAfterFailures = blockAfterFailures
        self.blockSeconds = blockSeconds
        self.trustedNetworks = trustedNetworks
    }
}
