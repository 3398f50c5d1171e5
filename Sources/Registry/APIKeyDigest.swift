import Crypto
import Foundation

/// The digest of an API key that was made elsewhere: the registry needs no more of it.
public struct APIKeyDigest: Sendable, Equatable {
    let bytes: Data

    /// The digest of the key in these bytes, of which no copy is made; nil when they are none: `berth_` and 43 characters
    /// base64url.
    public init?(of key: UnsafeRawBufferPointer) {
        guard APIKeySecret.isWellFormed(key) else { return nil }
        var hash = SHA256()
        hash.update(bufferPointer: key)
        bytes = Data(hash.finalize())
    }
}
