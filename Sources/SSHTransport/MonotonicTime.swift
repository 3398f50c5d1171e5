import Glibc

/// A moment on a clock that never jumps (CLOCK_MONOTONIC, which stands still while the machine sleeps).
public struct MonotonicTime: Comparable, Sendable {
    private let nanoseconds: Int64

    private init(nanoseconds: Int64) {
        self.nanoseconds = nanoseconds
    }

    /// Now.
    public static var now: MonotonicTime {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return MonotonicTime(nanoseconds: Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec))
    }

    /// The moment `milliseconds` later, at the latest the end of the clock.
    public func adding(milliseconds: Int) -> MonotonicTime {
        let (added, tooFar) = Int64(clamping: milliseconds).multipliedReportingOverflow(by: 1_000_000)
        let (sum, beyond) = nanoseconds.addingReportingOverflow(added)
        return MonotonicTime(nanoseconds: tooFar || beyond ? .max : sum)
    }

    /// Milliseconds from `earlier` to this moment, rounded up so that waiting for them is enough; below zero when it is
    /// the later one.
    public func milliseconds(since earlier: MonotonicTime) -> Int {
        let (difference, overflow) = nanoseconds.subtractingReportingOverflow(earlier.nanoseconds)
        if overflow { return .max }
        return Int(
            difference >= 0 ? difference / 1_000_000 + (difference % 1_000_000 == 0 ? 0 : 1) : difference / 1_000_000)
    }

    /// Earlier comes first.
    public static func < (left: MonotonicTime, right: MonotonicTime) -> Bool {
        left.nanoseconds < right.nanoseconds
    }
}
