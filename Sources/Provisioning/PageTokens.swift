import Crypto
import Foundation

/// Makes and reads page tokens: a place in the order of a list, authenticated, so that only Berth's own are read.
struct PageTokens: Sendable {
    /// Bytes of the authentication code: enough against guessing, and a token that fits on a line.
    private static let codeSizeBytes = 16
    private static let placeSizeBytes = 8

    private let key: SymmetricKey
    /// The name of the list: a token of one is none of another.
    private let list: String

    init(key: [UInt8], list: String = "users") {
        self.key = SymmetricKey(data: key)
        self.list = list
    }

    /// The token of the place behind the entry `id`: 32 characters base64url.
    func token(_ id: Int64) -> String {
        let place = Self.bytes(id)
        let token = Data(place + code(place))
        return token.base64EncodedString().replacing("+", with: "-").replacing("/", with: "_")
    }

    /// The place that `token` stands for; nil when Berth didn't make it.
    func place(_ token: String) -> Int64? {
        // 24 bytes are 32 characters without padding, so each place has one spelling only.
        guard token.utf8.count == 32, !token.contains("+"), !token.contains("/"),
            let bytes = Data(base64Encoded: token.replacing("-", with: "+").replacing("_", with: "/")),
            bytes.count == Self.placeSizeBytes + Self.codeSizeBytes
        else { return nil }
        let place = Array(bytes.prefix(Self.placeSizeBytes))
        let difference = zip(code(place), bytes.dropFirst(Self.placeSizeBytes)).reduce(0) { $0 | ($1.0 ^ $1.1) }
        guard difference == 0 else { return nil }
        return place.reduce(0) { $0 << 8 | Int64($1) }
    }

    private func code(_ place: [UInt8]) -> [UInt8] {
        Array(HMAC<SHA256>.authenticationCode(for: Array(list.utf8) + place, using: key).prefix(Self.codeSizeBytes))
    }

    private static func bytes(_ number: Int64) -> [UInt8] {
        withUnsafeBytes(of: number.bigEndian, Array.init)
    }
}
