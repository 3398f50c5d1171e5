import FoundationEssentials

/// An HTTP request whole.
struct WireRequest: Sendable {
    let method: String
    let url: String
    let headers: [(name: String, value: String)]
    let body: Data?
}

/// An HTTP answer whole.
struct WireResponse: Sendable, Equatable {
    let status: Int
    /// Names in lower case; of repeated ones the first.
    let headers: [String: String]
    let body: Data

    var isSuccess: Bool { (200..<300).contains(status) }
}
