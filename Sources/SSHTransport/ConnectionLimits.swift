/// The bounds of one connection. Sizes are in bytes.
public struct ConnectionLimits: Sendable {
    /// Time to log in, from the start of the connection.
    public var loginGraceSeconds = 60
    /// Time for the identification string and the first key exchange, from the start of the connection.
    public var handshakeSeconds = 20
    /// Packets before login, those of the key exchange and each attempt among them. Some may be SSH_MSG_IGNORE, with which
    /// clients hide how long a password is; more than this is a client that keeps us busy.
    public var packetsBeforeLogin = 200
    /// Time after which the connection ends when the client sent nothing by itself, or 0 for never. Answers to keep-alives
    /// don't count.
    public var idleSeconds = 900
    /// Time without a packet after which a client is asked whether it is there, or 0 for never. The connection ends so
    /// long after the third question.
    public var keepAliveSeconds = 60
    /// Failed attempts to log in that end the connection.
    public var maxAuthenticationAttempts = 6
    /// Channels open at once.
    public var maxChannels = 10
    /// A channel takes no more input while it holds this much that isn't handled; more than the longest request.
    public var inputBound = 384 * 1_024
    /// A channel takes no more input while it holds this much output. A service may exceed it by one answer.
    public var outputBound = 256 * 1_024
    /// At most this much is handed to libssh between two looks at the socket: what it can't send it keeps in memory.
    public var flushBound = 256 * 1_024
    /// A connection ends when libssh holds more than this for a client that does not read: far more than ``flushBound``.
    public var heldBound: UInt64 = 1_024 * 1_024
    /// At most this much is taken from libssh between two looks at the control descriptor.
    public var pullBound = 1_024 * 1_024
    /// The receive window of a channel over which much is uploaded: a client that is 100 ms away needs 1 MiB for each
    /// 10 MiB/s. libssh's own is 1.28 MB. With what a client may send beyond it, it fits in 8 MiB: libssh's buffers
    /// double in size.
    public var largeWindow = 7_680 * 1_024
    /// Uploaded bytes after which a channel gets the large window: within the first request of OpenSSH's client, which waits
    /// for its answer before it sends more.
    public var largeWindowAfter = 128 * 1_024
    /// Channels that may have the large window.
    public var maxLargeWindows = 2
    /// How much more than its window a client may send before it is cut off: libssh's accounting lags by a packet.
    public var windowMargin = 256 * 1_024
    /// How long to wait for a client's key exchange offer, once its identification has come, before ours is sent; 0 to
    /// offer everything at once.
    public var offerWaitMilliseconds = 500
    /// How long to go on sending what is queued when a connection is ended from this side.
    public var lingerMilliseconds = 250
    /// Processor time that one turn of the loop may take; more is a process that spins.
    public var watchdogSeconds: UInt32 = 10
    /// The same for the first bytes sent on a channel, on which libssh can spin for ever.
    public var firstWriteWatchdogSeconds: UInt32 = 2

    /// The defaults.
    public init() {}
}
