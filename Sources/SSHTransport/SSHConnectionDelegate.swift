/// Who decides for a connection. Called on its loop, never inside a libssh callback.
public protocol SSHConnectionDelegate: AnyObject {
    /// The client has identified itself: its identification string without CR LF.
    func connection(_ connection: SSHConnection, identifiedAs identification: [UInt8])

    /// The client tries to log in. The answer is ``SSHConnection/answer(_:)``, now or later; until then nothing else is
    /// taken from the client.
    func connection(_ connection: SSHConnection, attempted attempt: AuthenticationAttempt)

    /// The client asks for the subsystem `sftp` on a channel of its own.
    ///
    /// - Returns: what serves it, or nil to refuse.
    func openSFTP(_ connection: SSHConnection) -> (any ChannelService)?

    /// The control descriptor is readable or hung up.
    func controlBecameReadable(_ connection: SSHConnection)

    /// The loop is about to wait.
    ///
    /// - Returns: the longest time to wait, in milliseconds, before this is called again, or nil for any.
    func turn(_ connection: SSHConnection) -> Int?

    /// The next call of this comes before the process has used `seconds` of processor time, or it is caught in libssh
    /// and should end (setitimer(2), ITIMER_PROF). Called at least once each turn, so it should be cheap.
    func armWatchdog(_ connection: SSHConnection, seconds: UInt32)

    /// The connection is over, but libssh does not come back: the process has to end at once. Called inside libssh, which
    /// must not be called any more.
    func abandon(_ connection: SSHConnection, because end: ConnectionEnd) -> Never
}

/// The answer to an attempt to log in.
public enum AuthenticationAnswer: Equatable, Sendable {
    /// The client is in.
    case granted
    /// The client may try again, unless it has tried too often.
    case denied
}

/// How a connection ended.
public enum ConnectionEnd: Equatable, Sendable {
    /// The client left.
    case clientLeft
    /// No identification string and no keys within the time for them.
    case handshakeTime
    /// Not logged in within the login grace time.
    case graceTime
    /// The client did nothing for the idle time.
    case idle
    /// The client did not answer: its machine or its way to us is gone, or it hangs.
    case gone
    /// Client and server have nothing in common to begin with.
    case noCommonAlgorithm(AlgorithmMismatch)
    /// Ended by ``SSHConnection/end(reason:)``.
    case ended(reason: String)
    /// The client broke a rule.
    case violation(reason: String)
    /// libssh gave up: a packet that can't be decrypted, a connection that broke.
    case failed(SSHError)
}
