import CMemory
import ConfinedFileSystem
import Glibc
import SFTPProtocol
import SFTPService
import SSHTransport
import SSHWire
import SessionControl

/// A session: one SSH connection, confined, with the broker deciding who is in.
final class SessionProcess {
    /// Milliseconds after which it is tried again to send what the broker could not take.
    private static let outboxInterval = 50

    private let control: SeqPacketSocket
    private let peer: PeerAddress
    private let sandbox: Sandbox
    private let configuration: DataPlaneConfiguration
    private var outbox = BrokerOutbox()
    private var received = ByteQueue(capacity: SeqPacketSocket.messageLimit)
    private var watchdog = Watchdog()

    /// Milliseconds that a client waits for the broker's answer: a broker that restarts is back by then.
    private static let answerTimeout: Int64 = 10_000

    /// The attempt that the broker is asked about, counted from 1, and when waiting for the answer is given up.
    private var attempt: UInt32 = 0
    private var answerDeadline: Int64?
    /// The password of that attempt.
    private var credential: Secret?
    /// The name of that attempt: once logged in, the client's.
    private var username: [UInt8] = []
    /// The home's descriptor, once logged in.
    private var home: CInt = -1
    private var limits = SessionLimits()
    /// What may be open on all channels together; made with the first of them.
    private lazy var allowance = HandleAllowance(limit: Int(limits.openHandles))
    /// What of the disk stays free, for all channels together.
    private lazy var reserve = DiskReserve(percent: Int(configuration.minimumFreePercent)) { [configuration] in
        Log()(
            .warning, "nothing can be stored: less of the disk, or of its inodes, is free than is to stay so",
            ["setting": "sftp.minimum_free_percent", "percent": "\(configuration.minimumFreePercent)"])
    }
    /// How fast all channels together may go.
    private lazy var rate = TransferRate(bytesPerSecond: limits.bytesPerSecond)
    private var channels: [SFTPChannel] = []
    private var totals = SessionTotals()
    /// What ended a channel.
    private var violation: ProtocolViolation?
    private var isDraining = false

    /// A session that speaks to the broker over `control`, which it owns from here on.
    init(control: CInt, peer: PeerAddress, sandbox: Sandbox, configuration: DataPlaneConfiguration) {
        self.peer = peer
        self.control = SeqPacketSocket(owning: control)
        self.sandbox = sandbox
        self.configuration = configuration
    }

    /// Serves the client at `socket` until it is over.
    func run(socket: CInt, server: SSHServer) {
        var limits = ConnectionLimits()
        limits.loginGraceSeconds = Int(configuration.loginGraceSeconds)
        limits.handshakeSeconds = Int(configuration.handshakeSeconds)
        // An attempt by keyboard-interactive takes two, and some clients put others beside them.
        limits.packetsBeforeLogin = max(limits.packetsBeforeLogin, 10 * Int(configuration.maxAuthenticationAttempts))
        limits.idleSeconds = Int(configuration.idleSeconds)
        limits.keepAliveSeconds = Int(configuration.keepAliveSeconds)
        limits.maxAuthenticationAttempts = Int(configuration.maxAuthenticationAttempts)
        do {
            let connection = try SSHConnection(
                descriptor: socket, control: control.descriptor, server: server, limits: limits, delegate: self)
            let end = connection.run()
            close(reason: describe(end))
        } catch {
            close(reason: cut("\(error)"))
        }
        // Until the login a doorkeeper passes on what is said, and it ends with this process.
        if home < 0 { control.finish(milliseconds: Self.farewellMilliseconds) }
    }

    /// Milliseconds that the doorkeeper has to pass on what was said last.
    private static let farewellMilliseconds: CInt = 500

    private func cut(_ reason: String) -> String {
        String(decoding: reason.utf8.prefix(Self.reasonLimit), as: UTF8.self)
    }

    /// Bytes of a reason that the broker is told: libssh's texts repeat what the client sent.
    private static let reasonLimit = 200

    private func close(reason: String) {
        send(totals.farewell(channels, reason: reason))
        if outbox.lost > 0 {
            Log()(.warning, "the broker missed events of this session", ["events": "\(outbox.lost)"])
        }
    }

    private func send(_ request: SessionRequest) {
        do { try outbox.send(request, over: control) } catch {
            // The broker's end is closed for good, and with it the listener's copy: this process is about to be killed.
        }
    }

    private func describe(_ end: ConnectionEnd) -> String {
        switch end {
        case .clientLeft: violation.map { "protocol violation: \($0)" } ?? "client left"
        case .handshakeTime: "no key exchange in time"
        case .graceTime: "login grace time"
        case .idle: "idle for too long"
        case .gone: "client is gone: it does not answer"
        case .noCommonAlgorithm(let mismatch): RefusalText.reason(for: mismatch, host: peer.host)
        case .ended(let reason): cut(reason)
        case .violation(let reason): cut("protocol violation: \(reason)")
        case .failed(let error): cut("\(error)")
        }
    }
}

extension SessionProcess: SSHConnectionDelegate {
    func connection(_ connection: SSHConnection, identifiedAs identification: [UInt8]) {
        send(.clientIdentification(identification))
    }

    func connection(_ connection: SSHConnection, attempted attempt: AuthenticationAttempt) {
        self.attempt &+= 1
        username = attempt.username
        credential = attempt.secret
        answerDeadline = monotonicMilliseconds() + Self.answerTimeout
        let method: SessionControl.AuthenticationRequest.Method =
            switch attempt.method {
            case .password: .password
            case .keyboardInteractive: .keyboardInteractive
            }
        send(
            .authenticate(
                SessionControl.AuthenticationRequest(
                    attempt: self.attempt, username: attempt.username, method: method,
                    credential: attempt.secret, weakAlgorithms: connection.weakAlgorithms)))
    }

    func openSFTP(_ connection: SSHConnection) -> (any ChannelService)? {
        guard home >= 0 else { return nil }
        let root = fcntl(home, F_DUPFD_CLOEXEC, 0)
        guard root >= 0 else {
            Log()(.error, "a channel was refused", ["error": berth_sftpd.describe(errno)])
            return nil
        }
        var options = SFTPOptions()
        options.durability = configuration.syncsOnClose ? .close : .never
        options.allowsSymbolicLinks = configuration.allowsSymbolicLinks
        options.userName = username
        let server = SFTPServer(
            root: ConfinedDirectory(descriptor: root), options: options, allowance: allowance, reserve: reserve,
            rate: rate, events: self)
        // Not kept any longer than its channel: it holds a descriptor.
        let channel = SFTPChannel(
            server: server,
            brokeOff: { [unowned self] violation in
                Log()(.warning, "SFTP broken off: the client's requests can't be followed", ["reason": "\(violation)"])
                self.violation = violation
            },
            ended: { [unowned self] channel in
                totals.keep(channel)
                channels.removeAll { $0 === channel }
            })
        channels.append(channel)
        return channel
    }

    func controlBecameReadable(_ connection: SSHConnection) {
        do {
            while true {
                var passed: (CInt, CInt) = (-1, -1)
                // Once logged in no descriptor is expected any more.
                let arrival =
                    home < 0
                    ? try control.receive(into: &received, passed: &passed) : try control.receive(into: &received)
                switch arrival {
                case .nothing: return
                // Before login the doorkeeper may have failed, and has said why.
                case .closed: return connection.end(reason: home < 0 ? "internal error" : "service stopped")
                case .message:
                    let reply = try SessionReply(decoding: received.bytes)
                    heed(reply, home: passed.0, line: passed.1, connection)
                }
            }
        } catch {
            connection.end(reason: "internal error")
        }
    }

    private func heed(_ reply: SessionReply, home given: CInt, line: CInt, _ connection: SSHConnection) {
        if line >= 0 {
            // The doorkeeper has done its work: from here on the broker is at the other end itself.
            guard dup2(line, control.descriptor) >= 0 else { return connection.end(reason: "internal error") }
            Glibc.close(line)
        }
        if case .granted(attempt, let limits) = reply, home < 0, given >= 0 {
            return enter(given, limits, connection)
        }
        if given >= 0 { return connection.end(reason: "internal error") }
        switch reply {
        case .denied(attempt), .granted(attempt, _):
            answerDeadline = nil
            connection.answer(.denied)
            // It may be another server's password, or this one's of another user.
            forgetCredential()
        case .denied, .granted: break
        case .end(let reason): connection.end(reason: reason)
        case .drain: isDraining = true
        case .limits(let limits):
            self.limits = limits
            rate.bytesPerSecond = limits.bytesPerSecond
        }
    }

    private func enter(_ descriptor: CInt, _ limits: SessionLimits, _ connection: SSHConnection) {
        do throws(SandboxError) {
            try sandbox.enterHome(descriptor)
        } catch {
            Log()(.error, "can't confine a session", ["step": error.step, "error": berth_sftpd.describe(error.errno)])
            return connection.end(reason: "internal error")
        }
        home = descriptor
        answerDeadline = nil
        self.limits = limits
        connection.answer(.granted)
        forgetCredential()
        // No secret comes any more, only files.
        cmemory_rest()
    }

    /// Overwrites the password of the attempt that was answered, with the packet that it came in: libssh keeps that.
    private func forgetCredential() {
        guard let secret = credential else { return }
        let bytes = secret.bytes
        bytes.withUnsafeBytes { cmemory_forget($0.baseAddress, $0.count) }
        credential = nil
    }

    func turn(_ connection: SSHConnection) -> Int? {
        do { try outbox.flush(over: control) } catch { return nil }
        if isDraining, channels.allSatisfy({ $0.server.openHandles == 0 }) {
            connection.end(reason: "service stopped")
        }
        let now = monotonicMilliseconds()
        if let answerDeadline, now >= answerDeadline {
            // An answer that came later could not be taken for another attempt's: the client has to come again.
            connection.end(reason: "logins are not possible at the moment, please try again")
        }
        if let report = totals.report(channels, now: now) { send(report) }
        if !outbox.isEmpty { return Self.outboxInterval }
        if let answerDeadline { return Int(max(0, answerDeadline - now)) }
        return totals.wait(channels)
    }

    func armWatchdog(_ connection: SSHConnection, seconds: UInt32) {
        watchdog.turn(now: monotonicMilliseconds(), secondsLimit: Int(seconds))
    }

    func abandon(_ connection: SSHConnection, because end: ConnectionEnd) -> Never {
        close(reason: describe(end))
        _exit(0)
    }
}

extension SessionProcess: FileEventSink {
    func record(_ event: FileEvent) {
        guard let kind = FileEventMessage.Kind(rawValue: event.kind.rawValue) else { return }
        send(
            .fileEvent(
                FileEventMessage(
                    kind: kind, path: event.path, otherPath: event.secondPath, sizeBytes: event.sizeBytes)))
    }
}
