/// A text that must not reach a log, an error or a crash message: an API key or a password in clear.
///
/// Every way of printing it, reflection included, gives `<redacted>`; the text itself is had by asking for it.
public struct Secret: Sendable, Equatable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    private let text: String

    /// Wraps a text that is in clear elsewhere.
    public init(_ text: String) {
        self.text = text
    }

    /// The text in clear. Every use is a place to look at in a review.
    public func revealed() -> String { text }

    /// Always `<redacted>`.
    public var description: String { "<redacted>" }

    /// Always `<redacted>`.
    public var debugDescription: String { "<redacted>" }

    /// Shows nothing of the text to `dump` and debuggers.
    public var customMirror: Mirror { Mirror(self, children: EmptyCollection<Mirror.Child>()) }
}

/// Read from an answer; never written, so that no secret gets into JSON by accident.
extension Secret: Decodable {
    /// The secret that a JSON string is.
    public init(from decoder: any Decoder) throws {
        text = try decoder.singleValueContainer().decode(String.self)
    }
}
