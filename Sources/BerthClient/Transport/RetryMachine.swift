/// Decides after each attempt of one `send` whether there is another one, and when. It does no I/O itself.
struct RetryMachine {
    enum Action: Equatable {
        /// The last outcome is the result.
        case end
        case retry(after: Duration)
    }

    let policy: RetryPolicy
    /// Whether the request may be carried out twice.
    let isIdempotent: Bool
    private(set) var attempts = 0
    /// Whether some attempt may have been carried out though its outcome is not known.
    private(set) var mayHaveBeenCarriedOut = false

    init(policy: RetryPolicy, isIdempotent: Bool) {
        self.policy = policy
        self.isIdempotent = isIdempotent
    }

    /// Takes the outcome of an attempt.
    ///
    /// - Parameters:
    ///   - remaining: what is left of the time for all attempts.
    ///   - generator: where the chance in pauses comes from.
    mutating func receive(
        _ outcome: AttemptOutcome, remaining: Duration, using generator: inout some RandomNumberGenerator
    ) -> Action {
        attempts += 1
        if outcome.mayHaveBeenCarriedOut { mayHaveBeenCarriedOut = true }
        guard attempts < policy.maximumAttempts, isWorthAnother(outcome) else { return .end }
        var delay = policy.delay(after: attempts, using: &generator)
        if case .answered(let response) = outcome, let asked = response.retryAfter { delay += asked }
        // An attempt that could not begin in time would only hide why the last one failed.
        return delay < remaining ? .retry(after: delay) : .end
    }

    private func isWorthAnother(_ outcome: AttemptOutcome) -> Bool {
        switch outcome {
        case .answered(let response):
            switch response.status {
            case 429: true
            case 503: isIdempotent || !response.isAmbiguous
            case 500, 502, 504: isIdempotent
            default: false
            }
        case .notSent(_, let isLasting): !isLasting
        case .lost: isIdempotent
        case .timedOut(let mayHaveBeenSent): isIdempotent || !mayHaveBeenSent
        case .cancelled, .destroyed: false
        }
    }
}
