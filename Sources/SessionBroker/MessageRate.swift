/// How many messages a session may send: a bucket that fills steadily and that each message takes from.
///
/// A session that sends more is read more slowly, so that it waits; the others don't notice. Messages of an honest session
/// are events of files, and somebody who stores ten thousand small files at once is honest.
public struct MessageRate: Sendable {
    /// Messages at once.
    public var burst: Int
    /// Messages each second after that, on average.
    public var perSecond: Int

    /// A rate; the defaults are what all sessions have.
    public init(burst: Int = 20_000, perSecond: Int = 2_000) {
        self.burst = max(1, burst)
        self.perSecond = max(1, perSecond)
    }
}

/// What is left of one session's rate. Pure; times are of the monotonic clock in milliseconds.
struct MessageAllowance {
    /// Bytes that a message may have before it counts twice, and so on: long ones make long lines of the log.
    static let bytesOfOne = 1_024
    /// Milliseconds that a session is not read once its allowance is used up.
    static let pauseMilliseconds: Int64 = 100

    private let rate: MessageRate
    private var left: Double
    private var at: Int64

    init(_ rate: MessageRate, now: Int64) {
        self.rate = rate
        left = Double(rate.burst)
        at = now
    }

    /// Counts a message of so many bytes.
    mutating func take(bytes: Int, now: Int64) {
        fill(now: now)
        left -= Double(1 + max(0, bytes) / Self.bytesOfOne)
    }

    /// Whether the next message has to wait.
    mutating func isUsedUp(now: Int64) -> Bool {
        fill(now: now)
        return left < 1
    }

    private mutating func fill(now: Int64) {
        left = min(Double(rate.burst), left + Double(max(0, now - at)) * Double(rate.perSecond) / 1_000)
        at = max(at, now)
    }
}
