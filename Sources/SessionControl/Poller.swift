import CLinux
import Glibc

/// Waits for descriptors (epoll(7)).
public struct Poller: ~Copyable {
    /// What a descriptor is waited for.
    public struct Interest: OptionSet, Sendable {
        /// The bits of epoll(7).
        public let rawValue: UInt32
        /// Bits that a program chose.
        public init(rawValue: UInt32) { self.rawValue = rawValue }
        /// There is something to read, or the other side is gone.
        public static var readable: Interest { Interest(rawValue: clinux_readable) }
        /// There is room to write.
        public static var writable: Interest { Interest(rawValue: clinux_writable) }
    }

    /// A descriptor that is ready.
    public struct Ready: Sendable {
        /// The descriptor.
        public let descriptor: CInt
        /// Whether it can be read from; also true when it failed or its other side is gone, which a read then tells.
        public let isReadable: Bool
        /// Whether it can be written to.
        public let isWritable: Bool

        /// A descriptor that is ready.
        public init(descriptor: CInt, isReadable: Bool, isWritable: Bool) {
            self.descriptor = descriptor
            self.isReadable = isReadable
            self.isWritable = isWritable
        }
    }

    private let descriptor: CInt
    private let ready = UnsafeMutableBufferPointer<clinux_ready>.allocate(capacity: 64)

    /// A poller that waits for nothing yet.
    public init() throws(ControlError) {
        descriptor = clinux_poll_create()
        guard descriptor >= 0 else { throw .system(call: "epoll_create1", errno: errno) }
        ready.initialize(repeating: clinux_ready())
    }

    deinit {
        close(descriptor)
        ready.deallocate()
    }

    /// Waits for `watched` from now on, in place of what it was waited for before.
    public borrowing func watch(_ watched: CInt, for interest: Interest) throws(ControlError) {
        guard clinux_poll_watch(descriptor, watched, interest.rawValue) == 0 else {
            throw .system(call: "epoll_ctl", errno: errno)
        }
    }

    /// Waits for `watched` no longer. To be called before it is closed, since a duplicate elsewhere would keep it here.
    public borrowing func forget(_ watched: CInt) {
        _ = clinux_poll_forget(descriptor, watched)
    }

    /// Waits until a descriptor is ready or `milliseconds` have passed (nil: for ever), and hands each to `body`.
    public borrowing func wait(milliseconds: Int64?, _ body: (Ready) -> Void) throws(ControlError) {
        let timeout = milliseconds.map { CInt(clamping: max(0, $0)) } ?? -1
        let count = clinux_poll_wait(descriptor, ready.baseAddress, CInt(ready.count), timeout)
        guard count >= 0 else { throw .system(call: "epoll_wait", errno: errno) }
        for entry in ready.prefix(Int(count)) {
            body(
                Ready(
                    descriptor: entry.descriptor,
                    isReadable: entry.events & (clinux_readable | clinux_hung_up) != 0,
                    isWritable: entry.events & clinux_writable != 0))
        }
    }
}

/// The monotonic clock in milliseconds (clock_gettime(2), CLOCK_MONOTONIC): for deadlines.
public func monotonicMilliseconds() -> Int64 {
    var now = timespec()
    clock_gettime(CLOCK_MONOTONIC, &now)
    return Int64(now.tv_sec) * 1_000 + Int64(now.tv_nsec) / 1_000_000
}
