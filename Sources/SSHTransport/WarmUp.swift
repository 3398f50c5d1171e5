import CLibSSH
import Glibc
import SSHWire

extension SSHServer {
    /// Completes one whole connection of the server with itself over a socket pair, a forked child playing the client:
    /// handshake, password login, channel, subsystem.
    ///
    /// libssh and OpenSSL set themselves up lazily. What a server that accepts has not done by then, every forked session
    /// would do again, and some of it reads files that a session can't reach any more. So this is to be called once,
    /// by a process with one thread, before it accepts.
    ///
    /// - Parameters:
    ///   - service: serves the channel, so that its code is warm too.
    ///   - requests: what it is sent, and then the end. It has to answer.
    public func warmUp(service: (any ChannelService)? = nil, requests: [UInt8] = [1]) throws(SSHError) {
        var ends: [CInt] = [-1, -1]
        guard socketpair(AF_UNIX, CInt(SOCK_STREAM.rawValue), 0, &ends) == 0 else {
            throw SSHError(operation: "socketpair", code: Int(errno), text: String(cString: strerror(errno)))
        }
        let child = fork()
        guard child >= 0 else {
            let code = errno
            close(ends[0])
            close(ends[1])
            throw SSHError(operation: "fork", code: Int(code), text: String(cString: strerror(code)))
        }
        if child == 0 {
            close(ends[0])
            // A parent that hangs must not leave the child behind.
            alarm(20)
            _exit(WarmUpClient(descriptor: ends[1], requests: requests).run() ? 0 : 1)
        }
        close(ends[1])
        defer {
            kill(child, SIGKILL)
            var status: CInt = 0
            while waitpid(child, &status, 0) < 0, errno == EINTR {}
        }
        var limits = ConnectionLimits()
        limits.loginGraceSeconds = 10
        limits.idleSeconds = 10
        let delegate = WarmUpDelegate(service: service ?? WarmUpService())
        let connection = try SSHConnection(
            descriptor: ends[0], control: -1, server: self, limits: limits, delegate: delegate)
        let end = connection.run()
        guard delegate.wasServed, end == .clientLeft else {
            throw SSHError(operation: "warm-up", code: 0, text: "the server can't serve itself: \(end)")
        }
        // What an offer that comes in parts meets over TCP, it may have missed over a socket pair.
        _ = KeyExchangeOffer.scan("SSH-2.0-\n".utf8.span.bytes)
        if let offer = connection.clientOffer { try connection.library.offer(algorithms.offered(to: offer)) }
    }

    static let warmUpPassword = "warm"
}

/// Grants the one password of the warm-up.
private final class WarmUpDelegate: SSHConnectionDelegate {
    private let service: any ChannelService
    private(set) var wasServed = false

    init(service: any ChannelService) {
        self.service = service
    }

    func connection(_ connection: SSHConnection, identifiedAs identification: [UInt8]) {}

    func connection(_ connection: SSHConnection, attempted attempt: AuthenticationAttempt) {
        let matches = [UInt8](attempt.secret.bytes) == Array(SSHServer.warmUpPassword.utf8)
        connection.answer(matches ? .granted : .denied)
    }

    func openSFTP(_ connection: SSHConnection) -> (any ChannelService)? {
        wasServed = true
        return service
    }

    func controlBecameReadable(_ connection: SSHConnection) {}

    func turn(_ connection: SSHConnection) -> Int? { nil }

    func armWatchdog(_ connection: SSHConnection, seconds: UInt32) {}
    func abandon(_ connection: SSHConnection, because end: ConnectionEnd) -> Never { _exit(1) }
}

/// Sends everything back.
private final class WarmUpService: ChannelService {
    func serve(input: inout ByteQueue, output: inout ByteQueue) -> ServiceProgress {
        output.append(raw: input.bytes)
        input.consume(input.count)
        return .needsInput
    }

    func inputEnded() {}
}

/// The client of the warm-up. Only here is libssh's client used.
private struct WarmUpClient {
    let descriptor: CInt
    let requests: [UInt8]

    private static let delayMicroseconds: UInt32 = 2_000

    /// - Returns: whether every step succeeded.
    func run() -> Bool {
        // The server is to wait for our offer, as it does for most clients: it has begun, and then there is nothing to read.
        var beginning = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        guard poll(&beginning, 1, -1) == 1, usleep(Self.delayMicroseconds) == 0, let session = ssh_new() else {
            return false
        }
        var socket = descriptor
        var readsConfiguration = false
        ssh_options_set(session, SSH_OPTIONS_HOST, "localhost")
        ssh_options_set(session, SSH_OPTIONS_USER, "warm")
        ssh_options_set(session, SSH_OPTIONS_FD, &socket)
        // Otherwise it reads the files of whoever started the server.
        ssh_options_set(session, SSH_OPTIONS_PROCESS_CONFIG, &readsConfiguration)
        // Otherwise it looks for the home directory of a user that may have no entry in passwd, and fails without one.
        ssh_options_set(session, SSH_OPTIONS_SSH_DIR, "/nonexistent")
        guard ssh_connect(session) == SSH_OK else { return false }
        guard ssh_userauth_none(session, nil) == SSH_AUTH_DENIED.rawValue else { return false }
        guard ssh_userauth_password(session, nil, SSHServer.warmUpPassword) == SSH_AUTH_SUCCESS.rawValue,
            let channel = ssh_channel_new(session), ssh_channel_open_session(channel) == SSH_OK,
            ssh_channel_request_subsystem(channel, "sftp") == SSH_OK
        else { return false }
        guard ssh_channel_write(channel, requests, UInt32(requests.count)) == requests.count else { return false }
        var answer = [UInt8](repeating: 0, count: 4)
        guard ssh_channel_read(channel, &answer, UInt32(answer.count), 0) > 0 else { return false }
        ssh_channel_send_eof(channel)
        ssh_channel_close(channel)
        ssh_disconnect(session)
        return true
    }
}
