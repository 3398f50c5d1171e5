import Glibc
import SFTPProtocol

/// How fast a session may move file data, in each direction by itself. One for all of its channels.
///
/// Before a READ or WRITE is answered, there must be something left of what the time has brought; afterwards what was
/// moved is taken off, also beyond nothing. So requests of any size are served, none in pieces, and over time no more goes
/// than the rate and a quarter of a second's worth.
public final class TransferRate {
    /// A quarter of a second's worth can be saved up, and this at least.
    static let burstLeast: Int64 = 32 * 1_024
    /// The longest time between two looks, in milliseconds: what the rate is may change.
    static let waitLongest: Int64 = 1_000

    /// What is left in one direction, in bytes; below zero: was taken ahead.
    private struct Bucket {
        var left: Int64 = 0
        var filledAt: Int64 = 0

        /// Far more than any request moves, and far from what overflows.
        private static let most: Int64 = 1 << 50

        mutating func take(_ count: Int) {
            left = max(-Self.most, left - min(Int64(clamping: count), Self.most))
        }
    }

    /// Bytes a second; 0 for no limit.
    public var bytesPerSecond: UInt64 {
        didSet {
            guard bytesPerSecond != oldValue else { return }
            fill(&received, rate: oldValue)
            fill(&sent, rate: oldValue)
            received.left = min(received.left, burst)
            sent.left = min(sent.left, burst)
        }
    }
    private let clock: () -> Int64
    private var received: Bucket
    private var sent: Bucket

    /// A rate.
    ///
    /// - Parameter bytesPerSecond: 0 for no limit.
    public convenience init(bytesPerSecond: UInt64) {
        self.init(bytesPerSecond: bytesPerSecond, clock: Self.microseconds)
    }

    /// - Parameter clock: microseconds, never less than before.
    init(bytesPerSecond: UInt64, clock: @escaping () -> Int64) {
        self.bytesPerSecond = bytesPerSecond
        self.clock = clock
        let now = clock()
        received = Bucket(filledAt: now)
        sent = received
        received.left = burst
        sent.left = burst
    }

    private var burst: Int64 { max(Self.burstLeast, Int64(clamping: bytesPerSecond / 4)) }

    /// Milliseconds until a request of this type may be answered; nil: now.
    func wait(for type: UInt8) -> Int? {
        guard bytesPerSecond > 0 else { return nil }
        switch PacketType(rawValue: type) {
        case .write: return wait(for: &received)
        case .read: return wait(for: &sent)
        default: return nil
        }
    }

    /// Notes file data that came from the client.
    func noteReceived(_ count: Int) {
        if bytesPerSecond > 0 { received.take(count) }
    }

    /// Notes file data that goes to the client.
    func noteSent(_ count: Int) {
        if bytesPerSecond > 0 { sent.take(count) }
    }

    private func wait(for bucket: inout Bucket) -> Int? {
        fill(&bucket, rate: bytesPerSecond)
        guard bucket.left <= 0 else { return nil }
        let missing = UInt64(clamping: 1 - bucket.left)
        let (scaled, overflow) = missing.multipliedReportingOverflow(by: 1_000)
        let milliseconds = overflow ? UInt64.max : scaled / bytesPerSecond
        return Int(min(Self.waitLongest, max(1, Int64(clamping: milliseconds))))
    }

    /// Adds what the time since the last look has brought.
    private func fill(_ bucket: inout Bucket, rate: UInt64) {
        let now = clock()
        let elapsed = UInt64(clamping: now - bucket.filledAt)
        let (scaled, overflow) = elapsed.multipliedReportingOverflow(by: rate)
        let brought = overflow ? Int64.max : Int64(clamping: scaled / 1_000_000)
        // Less than a byte: the time stands until it is one.
        guard brought > 0 || rate == 0 else { return }
        bucket.filledAt = now
        let (sum, beyond) = bucket.left.addingReportingOverflow(brought)
        bucket.left = beyond ? burst : min(burst, sum)
    }

    private static func microseconds() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1_000
    }
}
