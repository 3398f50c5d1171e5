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

    /// Whether these bytes are what ``draw(using:)`` could have made.
    static func isWellFormed(_ key: UnsafeRawBufferPointer) -> Bool {
        guard key.count == length, key.starts(with: prefix.utf8) else { return false }
        return key.dropFirst(prefix.utf8.count).allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
                true
            default: false
            }
        }
    }

    /// The digest under which a presented key is looked up; nil when it can't be a key, so that no long text is hashed.
    ///
    /// 256 random bits need no salt, and a look-up by digest tells nothing about keys that exist.
    static func digest(of presented: String) -> Data? {
        guard presented.utf8.count == length, presented.hasPrefix(prefix) else { return nil }
        return Data(SHA256.hash(data: Data(presented.utf8)))
    }
}
