import CLibSSH
import CReadAhead
import Glibc

/// One SSH connection, from the accepted socket to its end, on the calling thread.
///
/// Its loop waits for the socket and a control descriptor together, and never for anything else: each call into libssh
/// either makes progress or returns.
public final class SSHConnection {
    /// The bounds it was made with.
    public let limits: ConnectionLimits

    let server: SSHServer
    let library: LibSSHSession
    let descriptor: CInt
    let control: CInt
    unowned let delegate: any SSHConnectionDelegate

    /// What the client offers, once it is seen: nil when it could not be looked at before libssh took it.
    var clientOffer: KeyExchangeOffer?
    /// What the client is offered.
    var offered: AlgorithmPolicy
    /// What was agreed, once the client has sent a request.
    var agreement: Agreement?
    var machine: AuthenticationMachine
    var authentication = AuthenticationProgress()
    var channels: [SSHChannel] = []
    var end: ConnectionEnd?
    /// Set in libssh's callback, which must not do more: a call there that polls breaks the outer poll.
    var controlIsReadable = false
    /// Whether a channel could move on without waiting, but has used up its share of the turn.
    var hasMoreWork = false
    var flushBudget = 0
    /// Where the channels' turns begin.
    var firstChannel = 0
    var pullBudget = 0
    /// When a channel goes on that may not now.
    private var serveAgainAt: MonotonicTime?

    let graceDeadline: MonotonicTime
    /// When the first key exchange must be done.
    let handshakeDeadline: MonotonicTime
    private var isHandshakeDone = false
    private var keyExchanges: KeyExchangeAllowance
    /// When the client last sent something by itself, or waited for us.
    var lastActivity: MonotonicTime
    private var keepAlive: KeepAlive
    private var lastReceived: (packets: UInt64, bytes: UInt64) = (0, 0)
    /// What had come and gone at the last wait, and what does between two, the last ones counting most.
    private var waited: (received: UInt64, sent: UInt64) = (0, 0)
    private var exchanged: UInt64 = 0
    /// Less than what one request for data of most clients' size and its answer are, twice.
    private static let exchangeBytes: UInt64 = 48 << 10
    /// Packets of a key exchange that are to come because we asked for it.
    private var packetsOfRekey: UInt64 = 0
    private var isIdentified = false
    private var isTrimmed = true

    /// After this long without a packet, memory that a transfer needed is given back.
    private static let quietMilliseconds = 2_000
    /// With nothing to wait for, the loop still comes round this often.
    static let longestWaitMilliseconds = 60_000

    /// A connection over an accepted socket, which it owns from here on (also when this throws).
    ///
    /// - Parameters:
    ///   - control: a descriptor to watch, owned by the caller; -1 for none.
    ///   - delegate: not retained.
    public init(
        descriptor: CInt, control: CInt, server: SSHServer, limits: ConnectionLimits,
        delegate: any SSHConnectionDelegate
    ) throws(SSHError) {
        self.descriptor = descriptor
        self.control = control
        self.server = server
        self.limits = limits
        self.delegate = delegate
        machine = AuthenticationMachine(maxAttempts: limits.maxAuthenticationAttempts)
        offered = server.algorithms
        lastActivity = .now
        keepAlive = KeepAlive(seconds: limits.keepAliveSeconds, now: .now)
        let start = MonotonicTime.now
        graceDeadline = start.adding(milliseconds: limits.loginGraceSeconds * 1_000)
        handshakeDeadline = start.adding(milliseconds: limits.handshakeSeconds * 1_000)
        keyExchanges = KeyExchangeAllowance(now: start)
        Self.configure(socket: descriptor)
        do {
            library = try server.makeSession(descriptor: descriptor)
        } catch {
            close(descriptor)
            throw error
        }
        let context = Unmanaged.passUnretained(self).toOpaque()
        library.serverCallbacks.pointee.userdata = context
        library.serverCallbacks.pointee.channel_open_request_session_function = { _, context in
            guard let context else { return nil }
            return Unmanaged<SSHConnection>.fromOpaque(context).takeUnretainedValue().openChannel()
        }
    }

    deinit {
        creadahead_end(descriptor)
        authentication.freeMessages()
        for channel in channels { channel.detach() }
    }

    /// libssh leaves the socket as it is: blocking, it would sleep in send(2) and be deaf to the control descriptor.
    private static func configure(socket: CInt) {
        _ = fcntl(socket, F_SETFL, fcntl(socket, F_GETFL) | O_NONBLOCK)
        var on: CInt = 1
        setsockopt(socket, CInt(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<CInt>.size))
        setsockopt(socket, SOL_SOCKET, SO_KEEPALIVE, &on, socklen_t(MemoryLayout<CInt>.size))
    }

    /// Serves the connection until it ends.
    public func run() -> ConnectionEnd {
        exchangeOffers()
        // A reset that met libssh while it wrote: it has closed the socket then, and no poll would report it any more.
        if end == nil, library.isOver { stop(endOfSession(SSH_ERROR)) }
        if end == nil {
            ssh_event_add_session(library.event, library.session)
            if control >= 0 {
                let context = Unmanaged.passUnretained(self).toOpaque()
                ssh_event_add_fd(
                    library.event, control, Int16(POLLIN),
                    { _, _, context in
                        guard let context else { return 0 }
                        Unmanaged<SSHConnection>.fromOpaque(context).takeUnretainedValue().controlIsReadable = true
                        return 0
                    }, context)
            }
        }
        while end == nil { turn() }
        let reason = end ?? .clientLeft
        finish(reason)
        return reason
    }

    /// The agreed algorithms that ``AlgorithmPolicy/modern`` does not have, at most one of each ``AlgorithmKind``; empty
    /// for nearly everybody, and before the first attempt to log in.
    public var weakAlgorithms: [String] { agreement?.weakAlgorithms ?? [] }

    /// Ends the connection after this turn. The reason is told to the client.
    public func end(reason: String) {
        stop(.ended(reason: reason))
    }

    /// Ends the loop; the first reason stands.
    func stop(_ reason: ConnectionEnd) {
        if end == nil { end = reason }
    }

    /// A channel has to be served again when this time is over, even if nothing comes.
    func serve(withinMilliseconds milliseconds: Int) {
        let then = MonotonicTime.now.adding(milliseconds: milliseconds)
        serveAgainAt = min(serveAgainAt ?? then, then)
    }

    private func turn() {
        delegate.armWatchdog(self, seconds: limits.watchdogSeconds)
        lookBeforeSleeping()
        let code = ssh_event_dopoll(library.event, CInt(clamping: timeToWait()))
        hasMoreWork = false
        if controlIsReadable {
            controlIsReadable = false
            delegate.controlBecameReadable(self)
        }
        identify()
        if code == SSH_ERROR || library.isOver { return stop(endOfSession(code)) }
        guard end == nil else { return }
        guard library.bytesHeld <= limits.heldBound else {
            return stop(.violation(reason: "answers that are not read"))
        }
        if machine.isGranted {
            serveAgainAt = nil
            serveChannels()
        } else {
            authenticate()
        }
        if library.isOver { return stop(endOfSession(SSH_ERROR)) }
        checkClocks()
    }

    /// After an answer the next request may come within moments: being put to sleep and woken would take longer. Not in the
    /// middle of a transfer, where one of both sides is always ahead.
    private func lookBeforeSleeping() {
        let bytes = library.socketBytes
        let sent = bytes.sent &- waited.sent
        exchanged = exchanged / 2 &+ sent &+ (bytes.received &- waited.received)
        waited = bytes
        if sent > 0, exchanged <= Self.exchangeBytes { creadahead_look() }
    }

    /// Milliseconds until something has to happen even if nothing comes.
    private func timeToWait() -> Int {
        var longest = Self.longestWaitMilliseconds
        if let wish = delegate.turn(self) { longest = min(longest, wish) }
        if hasMoreWork || end != nil { return 0 }
        let now = MonotonicTime.now
        if !machine.isGranted {
            longest = min(longest, loginDeadline.milliseconds(since: now))
            if let deadline = authentication.missedAnswerDeadline {
                longest = min(longest, deadline.milliseconds(since: now))
            }
        } else {
            if let serveAgainAt { longest = min(longest, serveAgainAt.milliseconds(since: now)) }
            if limits.idleSeconds > 0 { longest = min(longest, idleDeadline.milliseconds(since: now)) }
            if let deadline = keepAlive.deadline { longest = min(longest, deadline.milliseconds(since: now)) }
            if !isTrimmed { longest = min(longest, Self.quietMilliseconds) }
        }
        return max(0, longest)
    }

    private var idleDeadline: MonotonicTime { lastActivity.adding(milliseconds: limits.idleSeconds * 1_000) }

    /// When the connection ends unless its client comes further.
    var loginDeadline: MonotonicTime { isHandshakeDone ? graceDeadline : min(graceDeadline, handshakeDeadline) }

    /// Whatever the client sends, only keys and a login are progress.
    func checkLoginClocks(_ now: MonotonicTime) {
        if !isHandshakeDone { isHandshakeDone = library.hasKeys }
        guard now >= loginDeadline else { return }
        stop(now >= graceDeadline ? .graceTime : .handshakeTime)
    }

    private func checkClocks() {
        let now = MonotonicTime.now
        noteReceived(now)
        let bytes = library.socketBytes
        guard keyExchanges.update(exchanges: library.keyExchanges, bytes: bytes.received &+ bytes.sent, now: now) else {
            return stop(.violation(reason: "too many key exchanges for what was transferred between them"))
        }
        guard machine.isGranted else {
            checkLoginClocks(now)
            if library.received.packets > UInt64(limits.packetsBeforeLogin) {
                stop(.violation(reason: "too many packets before the login"))
            }
            return
        }
        if limits.idleSeconds > 0, now >= idleDeadline { return stop(.idle) }
        switch keepAlive.action(at: now) {
        case .none: break
        case .ask:
            packetsOfRekey = library.askForAnswer() ? Self.packetsOfRekeyLimit : 0
            // It may have taken packets in.
            hasMoreWork = true
        case .giveUp:
            // A program that is busy elsewhere answers when it comes back; its machine answers meanwhile.
            guard library.peerAcknowledged(withinMilliseconds: 2 * limits.keepAliveSeconds * 1_000) else {
                return stop(.gone)
            }
            keepAlive.heard(at: now)
        }
        if !isTrimmed, now.milliseconds(since: lastActivity) >= Self.quietMilliseconds {
            isTrimmed = true
            for channel in channels { channel.trim() }
            // What the key exchange needed lies scattered over the heap: whole free pages go back to the kernel.
            clibssh_release_free_memory()
        }
    }

    /// The client's KEXINIT and its half of the exchange; the NEWKEYS behind them is a packet of one byte.
    private static let packetsOfRekeyLimit: UInt64 = 2

    private func noteReceived(_ now: MonotonicTime) {
        let received = library.received
        let packets = received.packets &- lastReceived.packets
        let bytes = received.bytes &- lastReceived.bytes
        guard packets > 0 else { return }
        lastReceived = received
        keepAlive.heard(at: now)
        // The answer to a keep-alive (SSH_MSG_REQUEST_SUCCESS or FAILURE) is one byte, what a client does by itself more.
        guard bytes > packets else { return }
        guard packets > packetsOfRekey else {
            packetsOfRekey &-= packets
            return
        }
        packetsOfRekey = 0
        lastActivity = now
        isTrimmed = false
    }

    func identify() {
        guard !isIdentified, let identification = ssh_get_clientbanner(library.session) else { return }
        isIdentified = true
        delegate.connection(
            self, identifiedAs: [UInt8](UnsafeRawBufferPointer(start: identification, count: strlen(identification))))
    }
}
