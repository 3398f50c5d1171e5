import CLinux
import Glibc
import SSHWire

/// A connected SOCK_SEQPACKET socket (unix(7)): messages arrive whole and in order, each with at most two descriptors.
///
/// Nothing here ever waits: a full or an empty socket is an answer.
public struct SeqPacketSocket: ~Copyable {
    /// The longest message in bytes.
    public static let messageLimit = 16 * 1024

    /// The socket, for polling. It is closed with this value.
    public let descriptor: CInt

    /// Takes over a connected socket, which is made non-blocking and close-on-exec.
    public init(owning descriptor: CInt) {
        self.descriptor = descriptor
        _ = clinux_set_nonblocking(descriptor, true)
        _ = clinux_set_close_on_exec(descriptor, true)
    }

    deinit {
        if descriptor >= 0 { close(descriptor) }
    }

    /// Connects to the socket at `path`, behind which our own user or root has to be.
    public init(connectingTo path: String) throws(ControlError) {
        let connected = clinux_seqpacket_connect(path)
        guard connected >= 0 else { throw .system(call: "connect", errno: errno) }
        var uid = uid_t.max
        guard clinux_peer_uid(connected, &uid) == 0, uid == geteuid() || uid == 0 else {
            close(connected)
            throw .system(call: "connect", errno: EPERM)
        }
        descriptor = connected
    }

    /// The two ends of a new pair, as raw descriptors that the caller owns.
    public static func pair() throws(ControlError) -> (CInt, CInt) {
        var ends: [CInt] = [-1, -1]
        guard clinux_seqpacket_pair(&ends) == 0 else { throw .system(call: "socketpair", errno: errno) }
        return (ends[0], ends[1])
    }

    /// Gives the descriptor away: it is no longer closed with this value.
    public consuming func release() -> CInt {
        let taken = descriptor
        discard self
        return taken
    }

    /// Sends one message, with a duplicate of `passing` when there is one.
    ///
    /// - Returns: false when the socket's buffer is full; nothing was sent then.
    public func send(_ message: borrowing ByteQueue, passing: CInt = -1) throws(ControlError) -> Bool {
        try send(message, passing: (passing, -1))
    }

    /// Sends one message as ``send(_:passing:)-(_,CInt)`` does, with duplicates of both descriptors (-1: of none).
    public func send(_ message: borrowing ByteQueue, passing: (CInt, CInt)) throws(ControlError) -> Bool {
        guard message.count <= Self.messageLimit else { throw .oversized }
        let passed = [passing.0, passing.1]
        let count = passing.0 < 0 ? 0 : passing.1 < 0 ? 1 : 2
        let sent = message.bytes.withUnsafeBytes {
            clinux_send(descriptor, $0.baseAddress, $0.count, passed, count)
        }
        if sent >= 0 { return true }
        if errno == EAGAIN || errno == ENOBUFS { return false }
        throw .system(call: "sendmsg", errno: errno)
    }

    /// Sends nothing more, and waits until the other end has read everything and has gone, up to a time.
    public func finish(milliseconds: CInt) {
        guard shutdown(descriptor, CInt(SHUT_WR)) == 0 else { return }
        // What comes from there is not asked for: only the end is.
        var entry = pollfd(fd: descriptor, events: 0, revents: 0)
        _ = poll(&entry, 1, milliseconds)
    }

    /// What ``receive(into:)`` found.
    public enum Arrival: Equatable, Sendable {
        /// A message.
        case message
        /// Nothing is there now.
        case nothing
        /// The other end is closed.
        case closed
    }

    /// Receives one message into `message`, whose earlier content is dropped. Descriptors that come along are dropped
    /// by the kernel: no room is offered for them.
    public func receive(into message: inout ByteQueue) throws(ControlError) -> Arrival {
        var none: (CInt, CInt) = (-1, -1)
        return try receive(into: &message, passed: &none, limit: 0)
    }

    /// Receives one message as ``receive(into:)`` does, and the descriptor that came with it: the caller owns it then;
    /// it is -1 when there was none.
    public func receive(into message: inout ByteQueue, passed: inout CInt) throws(ControlError) -> Arrival {
        var both: (CInt, CInt) = (-1, -1)
        defer { passed = both.0 }
        return try receive(into: &message, passed: &both, limit: 1)
    }

    /// Receives one message as ``receive(into:)`` does, and up to two descriptors that came with it: the caller owns them
    /// then; they are -1 when there were none.
    public func receive(into message: inout ByteQueue, passed: inout (CInt, CInt)) throws(ControlError) -> Arrival {
        try receive(into: &message, passed: &passed, limit: 2)
    }

    private func receive(into message: inout ByteQueue, passed: inout (CInt, CInt), limit: Int) throws(ControlError)
        -> Arrival
    {
        message.consume(message.count)
        var truncated = false
        var count = 0
        var arrived: (CInt, CInt) = (-1, -1)
        _ = message.append(upTo: Self.messageLimit) { space in
            withUnsafeMutableBytes(of: &arrived) { descriptors in
                count = clinux_receive(
                    descriptor, space.baseAddress, space.count,
                    descriptors.baseAddress?.assumingMemoryBound(to: CInt.self), limit, &truncated)
            }
            return count
        }
        passed = arrived
        if count < 0 {
            if errno == EAGAIN { return .nothing }
            if errno == ECONNRESET { return .closed }
            throw .system(call: "recvmsg", errno: errno)
        }
        if truncated {
            for descriptor in [arrived.0, arrived.1] where descriptor >= 0 { close(descriptor) }
            passed = (-1, -1)
            throw .oversized
        }
        // No message is empty, so an empty one is the end.
        return count == 0 ? .closed : .message
    }
}
