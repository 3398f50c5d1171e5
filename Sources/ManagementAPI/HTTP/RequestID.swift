import Foundation

/// The id under which a request is in the response and in the logs.
enum RequestID {
    /// Characters of an id that a client chose.
    static let limit = 128

    /// The client's own when it is sound (1 to 128 visible ASCII characters), otherwise a fresh UUID.
    static func choose(_ presented: String?) -> String {
        guard let presented, (1...limit).contains(presented.utf8.count),
            presented.utf8.allSatisfy({ (0x21...0x7e).contains($0) })
        else { return UUID().uuidString.lowercased() }
        return presented
    }
}
