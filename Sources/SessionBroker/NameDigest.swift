import Crypto
import Foundation

/// What stands for a user name in tables of failures, under a key that is drawn at each start: people type passwords
/// where the name belongs, and those must not be kept.
struct NameDigest: Hashable {
    private let bits: UInt64

    /// The key of all digests of one broker.
    struct Key {
        fileprivate let key = SymmetricKey(size: .bits256)
    }

    init(_ name: [UInt8], under key: Key) {
        let code = HMAC<SHA256>.authenticationCode(for: name, using: key.key)
        bits = code.withUnsafeBytes { $0.loadUnaligned(as: UInt64.self) }
    }
}
