/// How often and after which pauses a request is tried again.
///
/// Tried again is what can't have been carried out twice by that: after a connection that could not be made, after 429 and
/// after the service's own 503 every operation; after an answer that was lost, after 500, 502 and 504 and after a time-out
/// only those that may be carried out twice. A user is never created twice.
public struct RetryPolicy: Sendable, Equatable {
    /// Attempts in all; 1 tries nothing again.
    public var maximumAttempts: Int
    /// The longest pause before the second attempt; it doubles from attempt to attempt.
    public var baseDelay: Duration
    /// The longest pause before any attempt, but for the one that the service asks for by Retry-After.
    public var maximumDelay: Duration

    /// By default three attempts with pauses of up to 100 ms and 200 ms.
    public init(
        maximumAttempts: Int = 3, baseDelay: Duration = .milliseconds(100), maximumDelay: Duration = .seconds(20)
    ) {
        self.maximumAttempts = maximumAttempts
        self.baseDelay = baseDelay
        self.maximumDelay = maximumDelay
    }

    /// One attempt.
    public static let never = RetryPolicy(maximumAttempts: 1)

    /// The pause after that many attempts, drawn from nothing to its longest, so that clients who failed together don't
    /// come back together.
    ///
    /// - Parameters:
    ///   - attempts: how many there were, at least 1.
    ///   - generator: where the chance comes from.
    func delay(after attempts: Int, using generator: inout some RandomNumberGenerator) -> Duration {
        // 2^20 times any base is beyond every sensible cap.
        let longest = min(maximumDelay, baseDelay * (1 << min(max(attempts - 1, 0), 20)))
        guard longest > .zero else { return .zero }
        return longest * Double.random(in: 0...1, using: &generator)
    }
}
