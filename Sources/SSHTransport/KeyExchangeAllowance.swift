/// How many key exchanges a client may have. Each costs a signature and memory that some builds of libssh do not give back
/// (CVE-2025-8277), so they are paid for: with bytes of any kind in either direction, or with time. State in, verdict out.
struct KeyExchangeAllowance {
    /// What one key exchange costs, in bytes: half of what clients agree new keys after that take the smallest limit in use.
    static let price: UInt64 = 32 * 1_024
    /// The time that is worth as much, in milliseconds.
    static let millisecondsEach: UInt64 = 10_000
    /// So many are free, and can be saved up.
    static let most: UInt64 = 16

    private var credit = price * most
    private var seen: (exchanges: UInt64, bytes: UInt64) = (0, 0)
    private var seenAt: MonotonicTime

    init(now: MonotonicTime) {
        seenAt = now
    }

    /// Takes in what happened until now.
    ///
    /// - Parameters:
    ///   - exchanges: that have begun since the start.
    ///   - bytes: that were received and sent since the start.
    /// - Returns: false when there were more key exchanges than allowed.
    mutating func update(exchanges: UInt64, bytes: UInt64, now: MonotonicTime) -> Bool {
        let new = exchanges &- seen.exchanges
        guard new > 0 else { return true }
        let milliseconds = UInt64(clamping: now.milliseconds(since: seenAt))
        let time = min(milliseconds, Self.most * Self.millisecondsEach) * Self.price / Self.millisecondsEach
        credit = min(Self.price * Self.most, credit + min(bytes &- seen.bytes, Self.price * Self.most) + time)
        seen = (exchanges, bytes)
        seenAt = now
        guard new <= credit / Self.price else { return false }
        credit -= new * Self.price
        return true
    }
}
