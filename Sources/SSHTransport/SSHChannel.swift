import CLibSSH
import SSHWire

/// One session channel (RFC 4254 section 6): takes one subsystem request, then moves bytes between libssh and a service.
///
/// libssh's callbacks only note what was asked for; everything else happens on the connection's loop. Writing inside a
/// callback would wait for a window that can't open there.
final class SSHChannel {
    /// What the client asked for, as the callbacks note it.
    enum Request {
        case sftp
        /// A shell or a command: answered with a line of text and exit status 1.
        case unserved
        /// scp as it was before OpenSSH 9: likewise.
        case oldCopy

        /// What the user can do about it.
        var explanation: String {
            switch self {
            case .sftp, .unserved: "This account serves SFTP only."
            case .oldCopy: "This account serves SFTP only: use sftp, or scp without -O (before OpenSSH 9.0: scp -s)."
            }
        }
    }

    private enum Phase {
        case open
        case explaining(String)
        case serving(any ChannelService)
        /// The service is over; its output is still being sent.
        case draining(exitStatus: CInt)
        case closed
    }

    var request: Request?
    var hasTerminal = false
    /// The client has closed the channel: libssh may free it.
    var isClosedByClient = false
    private(set) var hasLargeWindow = false

    private let handle: OpaquePointer
    private unowned let connection: SSHConnection
    private let callbacks: UnsafeMutablePointer<ssh_channel_callbacks_struct>
    private var phase = Phase.open
    private var input = ByteQueue(capacity: SSHChannel.restingCapacity)
    private var output = ByteQueue(capacity: SSHChannel.restingCapacity)
    private var inputEnded = false
    /// Nothing can be sent any more; the service goes on with what the client sent before it closed.
    private var outputLost = false
    private var packetSizeProven = false
    private var received = 0
    private var receivedSinceGrowth = Int.max

    private static let restingCapacity = 1_024
    /// The first bytes on a channel are sent in pieces of at most this, to see how libssh splits them.
    private static let trialBytes = 2_048
    /// An answer of this size must fit into one packet.
    private static let trialPacketBytes: UInt64 = 128
    /// Packets that may go out beside those of a write.
    private static let otherPackets: UInt64 = 2

    /// Takes over a channel that libssh is about to confirm.
    init(handle: OpaquePointer, connection: SSHConnection) {
        self.handle = handle
        self.connection = connection
        callbacks = .allocate(capacity: 1)
        callbacks.initialize(to: Self.makeCallbacks())
        callbacks.pointee.userdata = Unmanaged.passUnretained(self).toOpaque()
        ssh_set_channel_callbacks(handle, callbacks)
    }

    deinit {
        callbacks.deallocate()
    }

    /// libssh must not call back any more: it frees the channel with the session, after this object.
    func detach() {
        ssh_remove_channel_callbacks(handle, callbacks)
    }

    /// Whether data that comes is thrown away, for no service will read it.
    var discardsData: Bool { if case .closed = phase { true } else { false } }

    /// Moves what can be moved without waiting.
    ///
    /// - Returns: whether anything moved.
    func advance() -> Bool {
        enforceWindow()
        switch phase {
        case .open: return start()
        case .explaining(let text): return explain(text)
        case .serving(let service): return transfer(service)
        case .draining(let exitStatus):
            let moved = flush()
            guard output.isEmpty || outputLost else { return moved }
            close(exitStatus: exitStatus)
            return true
        case .closed: return false
        }
    }

    /// Gives memory back that a transfer needed.
    func trim() {
        if input.isEmpty { input.removeAll(keepingCapacity: Self.restingCapacity) }
        if output.isEmpty { output.removeAll(keepingCapacity: Self.restingCapacity) }
    }

    /// Frees the channel once both sides have closed it.
    func releaseIfDone() -> Bool {
        guard case .closed = phase, isClosedByClient else { return false }
        detach()
        ssh_channel_free(handle)
        return true
    }

    /// The connection is over: nothing more is read or sent.
    func connectionEnded() {
        if case .serving(let service) = phase { service.inputEnded() }
        phase = .closed
    }

    private func start() -> Bool {
        switch request {
        case .none:
            guard isClosedByClient else { return false }
            close(exitStatus: nil)
        case .unserved?, .oldCopy?:
            phase = .explaining(request?.explanation ?? "")
        case .sftp:
            guard let service = connection.delegate.openSFTP(connection) else {
                close(exitStatus: 1)
                return true
            }
            phase = .serving(service)
        }
        return true
    }

    private func explain(_ explanation: String) -> Bool {
        let text = explanation + (hasTerminal ? "\r\n" : "\n")
        guard !isClosedByClient else {
            close(exitStatus: nil)
            return true
        }
        guard ssh_channel_window_size(handle) >= UInt32(text.utf8.count) else { return false }
        let count = UInt32(text.utf8.count)
        let written = guarded(Int(count)) { text.withCString { ssh_channel_write_stderr(handle, $0, count) } }
        guard written != 0 else { return false }
        close(exitStatus: 1)
        return true
    }

    private func transfer(_ service: any ChannelService) -> Bool {
        let pulled = pull()
        let served = serve(service)
        // Frames that arrive while the answers to earlier ones are on their way wait their turn.
        return flush() || served || pulled
    }

    private func pull() -> Bool {
        guard !inputEnded, input.count < connection.limits.inputBound, output.count < connection.limits.outputBound
        else { return false }
        let available = ssh_channel_poll(handle, 0)
        guard available != 0 else { return false }
        guard available > 0 else {
            // The connection broke: that is no end of the input, and nobody is told that all went well.
            guard available != SSH_ERROR || !connection.library.isOver else { return false }
            inputEnded = true
            return true
        }
        let grows = growsWindow && Int(available) <= Self.libraryWindow
        if grows {
            receivedSinceGrowth = 0
            hasLargeWindow = true
        }
        // At each read libssh opens a window that is used up by so much again: reading in smaller pieces would let the
        // client send without bound, and in larger ones hold everything twice. Asking for more than there is grows it.
        let count = grows ? connection.limits.largeWindow : min(Int(available), Self.libraryWindow)
        // A frame whose rest is still to come would make the queue wander through its whole block.
        input.compact()
        let taken = input.append(upTo: count) { space in
            Int(ssh_channel_read_timeout(handle, space.baseAddress, UInt32(clamping: space.count), 0, 0))
        }
        received += taken
        if hasLargeWindow { receivedSinceGrowth += taken }
        connection.pullBudget -= taken
        return taken > 0
    }

    private var growsWindow: Bool {
        let limits = connection.limits
        guard received >= limits.largeWindowAfter else { return false }
        guard hasLargeWindow else { return connection.mayGrantLargeWindow }
        // What was taken in since then is not on its way: in small steps nearly all of the window is.
        return receivedSinceGrowth >= limits.largeWindow / 16
    }

    private func serve(_ service: any ChannelService) -> Bool {
        let before = (input.count, output.count)
        let progress = service.serve(input: &input, output: &output)
        let moved = before != (input.count, output.count)
        switch progress {
        case .ended:
            service.inputEnded()
            phase = .draining(exitStatus: 1)
            return true
        case .needsInput where inputEnded && !moved:
            service.inputEnded()
            phase = .draining(exitStatus: 0)
            return true
        case .needsInput, .outputFull:
            return moved
        case .working where isClosedByClient, .waiting where isClosedByClient:
            // Nobody waits for the answer any more.
            service.inputEnded()
            phase = .draining(exitStatus: 0)
            return true
        case .waiting(let milliseconds):
            // It waits for us, so it is not idle either.
            connection.lastActivity = .now
            connection.serve(withinMilliseconds: milliseconds)
            return moved
        case .working:
            // A client that waits for an answer is not idle.
            connection.lastActivity = .now
            return true
        }
    }

    private func flush() -> Bool {
        if outputLost { output.consume(output.count) }
        var moved = false
        while !output.isEmpty, connection.flushBudget > 0, !connection.library.isWritePending,
            !connection.library.keepsForNewKeys
        {
            let piece = min(output.count, connection.flushBudget)
            let trial = min(piece, Self.trialBytes)
            let written = packetSizeProven ? write(piece) : guarded(trial) { write(trial) }
            guard written > 0 else {
                if written < 0 {
                    outputLost = true
                    output.consume(output.count)
                    return true
                }
                return moved
            }
            output.consume(Int(written))
            connection.flushBudget -= Int(written)
            moved = true
        }
        return moved
    }

    private func write(_ count: Int) -> CInt {
        connection.library.writing { Self.write(first: count, of: output, to: handle) }
    }

    private static func write(first count: Int, of queue: borrowing ByteQueue, to handle: OpaquePointer) -> CInt {
        queue.bytes.withUnsafeBytes { ssh_channel_write(handle, $0.baseAddress, UInt32(clamping: count)) }
    }

    /// Runs a write of so many bytes while it is not known how large a packet the client takes. For a maximum of 10 bytes,
    /// libssh's ssh_channel_write never comes back, and for little more it sends a packet per byte; it offers no way to
    /// learn the maximum but to count packets.
    private func guarded(_ bytes: Int, _ write: () -> CInt) -> CInt {
        let tooSmall = ConnectionEnd.violation(reason: "the channel's maximum packet size is too small")
        connection.delegate.armWatchdog(connection, seconds: connection.limits.firstWriteWatchdogSeconds)
        let before = connection.library.sentPackets
        // One packet may be about something else: a window that opens, a key exchange.
        let packetsMax = UInt64(bytes) + Self.otherPackets
        let written = WriteGuard(connection.library, packetsMax: packetsMax) { [connection] in
            connection.abandon(tooSmall)
        }.watch(write)
        let packets = connection.library.sentPackets &- before
        connection.delegate.armWatchdog(connection, seconds: connection.limits.watchdogSeconds)
        guard written > 0 else { return written }
        if packets > Self.otherPackets + UInt64(written) / Self.trialPacketBytes {
            connection.stop(tooSmall)
        } else if written >= 64 {
            packetSizeProven = true
        }
        return written
    }

    /// libssh takes data beyond the window it granted, and keeps it.
    private func enforceWindow() {
        let limits = connection.limits
        let window = hasLargeWindow ? limits.largeWindow : Self.libraryWindow
        if Int(ssh_channel_poll(handle, 0)) > window + limits.windowMargin {
            connection.stop(.violation(reason: "more data than the channel's window allows"))
        }
    }

    private func close(exitStatus: CInt?) {
        if let exitStatus, !isClosedByClient { ssh_channel_request_send_exit_status(handle, exitStatus) }
        ssh_channel_send_eof(handle)
        ssh_channel_close(handle)
        phase = .closed
    }
}
