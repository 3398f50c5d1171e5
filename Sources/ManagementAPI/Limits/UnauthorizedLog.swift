import Audit
import Logging
import ServiceLifecycle
import SessionControl
import Synchronization

/// Bounds what requests without a valid API key write, which anybody may send without end: so many a second, of all addresses
/// together, are in the log and the audit log each by itself, and so is the first of an address in a minute, so that one that
/// makes noise hides nobody else. Of the others there is their number, and that of their addresses.
final class UnauthorizedLog: Service {
    /// Requests a second that are written each by itself, and twice as many at once: enough to see who it is.
    static let perSecond = 5
    /// First requests of addresses in a minute that are written beyond that. With them it is 155 MB a day of the audit log at
    /// 300 bytes a line, which is rotated daily, and at 512 MiB.
    static let firstPerMinute = 60
    /// Addresses that are told apart in the number of the others: 2 MiB.
    static let addressLimit = 65_536
    /// How often the number of the others is written.
    static let interval: Duration = .seconds(60)

    private static let minute: Int64 = 60_000_000_000

    /// Whose requests these are: they have one bucket.
    private enum Sender: Hashable { case anybody }

    private struct State {
        var bucket = TokenBuckets<Sender>(perSecond: UnauthorizedLog.perSecond, capacity: 1)
        var minuteEndsAt: Int64?
        /// Addresses of which a request was written in this minute: 370 at most, by the bucket and for being the first.
        var written: Set<AddressSource?> = []
        /// How many of those were written for being the first alone.
        var first = 0
        var withheld: Int64 = 0
        /// Whose requests those were.
        var withheldSources: Set<AddressSource?> = []

        /// Counts a request; whether it is written by itself.
        mutating func admit(from source: AddressSource?, now: Int64) -> Bool {
            if now >= minuteEndsAt ?? now {
                (minuteEndsAt, written, first) = (now + UnauthorizedLog.minute, [], 0)
            }
            guard bucket.take(.anybody, now: now) != nil else {
                written.insert(source)
                return true
            }
            if first < UnauthorizedLog.firstPerMinute, written.insert(source).inserted {
                first += 1
                return true
            }
            withheld += 1
            if withheldSources.count < UnauthorizedLog.addressLimit { withheldSources.insert(source) }
            return false
        }
    }

    private let audit: any AuditTrail
    private let logger: Logger
    private let now: @Sendable () -> Int64
    private let state = Mutex(State())

    /// - Parameter now: the monotonic clock in nanoseconds.
    init(
        audit: any AuditTrail, logger: Logger,
        now: @escaping @Sendable () -> Int64 = monotonicNanoseconds
    ) {
        self.audit = audit
        self.logger = logger
        self.now = now
    }

    /// Counts a request that had no valid key.
    ///
    /// - Returns: whether it is written by itself.
    func admit(from source: AddressSource?) -> Bool {
        let now = now()
        return state.withLock { $0.admit(from: source, now: now) }
    }

    /// Writes how many there were that were not written by themselves, and from how many addresses, since that was said last;
    /// nothing where there were none.
    func tell() {
        let (count, addresses) = state.withLock { state in
            defer { (state.withheld, state.withheldSources) = (0, []) }
            return (state.withheld, state.withheldSources.count)
        }
        guard count > 0 else { return }
        logger.warning(
            "requests without a valid key", metadata: ["count": "\(count)", "addresses": "\(addresses)"])
        audit.record(
            AuditEvent(
                .apiUnauthorized, .denied, by: .unknown(claimed: nil),
                [.init("count", .number(count)), .init("addresses", .number(Int64(addresses)))]))
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
