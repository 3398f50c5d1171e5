/// What became of the API key that the service's credential holds, and of the one that it held before.
public struct CredentialKeyChange: Sendable, Equatable {
    /// The key that the credential holds now.
    public enum Present: Sendable, Equatable {
        /// There is no credential.
        case none
        /// It was there before.
        case unchanged(APIKey)
        /// It is valid from now on.
        case taken(APIKey)
        /// Somebody has revoked it, and it stays so.
        case revoked(id: Int64)
    }

    /// The key that the credential holds now.
    public let present: Present
    /// The ids of keys that a credential held and that ended now.
    public let ended: [Int64]
}
