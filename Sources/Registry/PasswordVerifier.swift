import Crypto
import Foundation

/// The stored form of a password: `hmac-sha256$<salt, base64>$<HMAC-SHA-256 of the password under the salt, base64>`.
///
/// A generated password carries at least 95 bits of entropy, so a slow hash would protect nothing that this doesn't; the
/// tag leaves room for one for passwords that people choose.
struct PasswordVerifier: Sendable, Equatable {
    static let tag = "hmac-sha256"
    static let saltSizeBytes = 16

    let salt: [UInt8]
    let digest: [UInt8]

    /// The verifier of `password` under a fresh salt.
    init(for password: [UInt8], using generator: inout some RandomNumberGenerator) {
        salt = RandomText.bytes(Self.saltSizeBytes, using: &generator)
        digest = Array(HMAC<SHA256>.authenticationCode(for: password, using: SymmetricKey(data: salt)))
    }

    /// Reads the stored form; nil when it is of another scheme or damaged.
    init?(stored: String) {
        let parts = stored.split(separator: "$", omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0] == Self.tag,
            let salt = Data(base64Encoded: String(parts[1])), !salt.isEmpty,
            let digest = Data(base64Encoded: String(parts[2])), digest.count == SHA256.byteCount
        else { return nil }
        self.salt = Array(salt)
        self.digest = Array(digest)
    }

    /// The form that ``init(stored:)`` reads.
    var stored: String {
        "\(Self.tag)$\(Data(salt).base64EncodedString())$\(Data(digest).base64EncodedString())"
    }

    /// Whether `password` is the one; takes the same time wherever the digests differ.
    func matches(_ password: [UInt8]) -> Bool {
        HMAC<SHA256>.isValidAuthenticationCode(digest, authenticating: password, using: SymmetricKey(data: salt))
    }
}
