import Audit
import Logging
import NIOCore
import ServiceLifecycle
import Synchronization

/// Bounds what requests without a valid API key write, which anybody may send without end: so many a second, of all addresses
/// together, are in the log and the audit log each by itself, and of the others there is their number.
final class UnauthorizedLog: Service {
    /// Requests a second that are written each by itself, and twice as many at once: enough to see who it is, and at 300 bytes
    /// a line 130 MB a day of the audit log, which is rotated daily, and at 512 MiB.
    static let perSecond = 5
    /// How often the number of the others is written.
    static let interval: Duration = .seconds(60)

    /// Whose requests these are: they have one bucket.
    private enum Sender: Hashable { case anybody }

    private struct State {
        var bucket = TokenBuckets<Sender>(perSecond: UnauthorizedLog.perSecond, capacity: 1)
        var withheld: Int64 = 0
    }

    private let audit: any AuditTrail
    private let logger: Logger
    private let now: @Sendable () -> Int64
    private let state = Mutex(State())

    /// - Parameter now: the monotonic clock in nanoseconds.
    init(
        audit: any AuditTrail, logger: Logger,
        now: @escaping @Sendable () -> Int64 = { Int64(clamping: NIODeadline.now().uptimeNanoseconds) }
    ) {
        self.audit = audit
        self.logger = logger
        self.now = now
    }

    /// Counts a request that had no valid key.
    ///
    /// - Returns: whether it is written by itself.
    func admit() -> Bool {
        let now = now()
        return state.withLock { state in
            guard state.bucket.take(.anybody, now: now) != nil else { return true }
            state.withheld += 1
            return false
        }
    }

    /// Writes how many there were that were not written by themselves, since that was said last; nothing where there were
    /// none.
    func tell() {
        let count = state.withLock { state in
            defer { state.withheld = 0 }
            return state.withheld
        }
        guard count > 0 else { return }
        logger.warning("requests without a valid key", metadata: ["count": "\(count)"])
        audit.record(
            AuditEvent(.apiUnauthorized, .denied, by: .unknown(claimed: nil), [.init("count", .number(count))]))
    }

    /// Tells it once a minute, and when the API has answered its last request.
    func run() async {
        var isOver = false
        while !isOver {
            do {
                try await cancelWhenGracefulShutdown { try await Task.sleep(for: Self.interval) }
            } catch {
                isOver = true
            }
            tell()
        }
    }
}
