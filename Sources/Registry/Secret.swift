/// A text that must not reach a log, an error or a crash message: a password or an API key in clear.
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

/// A user's password in clear; it exists only between its making and the response that shows it.
public typealias Password = Secret
