import Crypto
import Foundation

/// The key itself: `berth_` and 43 characters base64url of 32 random bytes, so that secret scanners find it.
enum APIKeySecret {
    static let prefix = "berth_"
    static let randomSizeBytes = 32
    /// Characters of a whole key.
    static let length = prefix.utf8.count + 43

    static func draw(using generator: inout some RandomNumberGenerator) -> Secret {
        let random = Data(RandomText.bytes(randomSizeBytes, using: &generator))
        let base64url = random.base64EncodedString()
            .replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
        return Secret(prefix + base64url)
    }

    /// The digest under which a presented key is looked up; nil when it can't be a key, so that no long text is hashed.
    ///
    /// 256 random bits need no salt, and a look-up by digest tells nothing about keys that exist.
    static func digest(of presented: String) -> Data? {
        guard presented.utf8.count == length, presented.hasPrefix(prefix) else { return nil }
        return Data(SHA256.hash(data: Data(presented.utf8)))
    }
}
