import SSHWire

/// Everything that the data plane is told: it reads no configuration of its own.
public struct DataPlaneConfiguration: Sendable, Equatable {
    /// Addresses to listen on, numeric, as `127.0.0.1:2222` or `[::]:2222`. Ignored where systemd passes sockets.
    public var listen: [String]
    /// The directory that holds the buckets: no session ever reaches beyond it.
    public var bucketsDirectory: String
    /// The directory of the host keys; made with fresh keys when it has none.
    public var hostKeysDirectory: String
    /// What follows `SSH-2.0-` in the server's identification string (RFC 4253 section 4.2).
    public var identification: String
    /// Seconds that a connection has to log in.
    public var loginGraceSeconds: UInt32
    /// Seconds without a request after which a session ends; 0 for never.
    public var idleSeconds: UInt32
    /// Connections at once.
    public var maxSessions: UInt32
    /// Connections at once from one address.
    public var maxSessionsPerAddress: UInt32
    /// Connections at once that have not logged in.
    public var maxUnauthenticated: UInt32
    /// Attempts to log in on one connection.
    public var maxAuthenticationAttempts: UInt32
    /// Seconds that running transfers have to finish when the listener is told to stop by a signal.
    public var shutdownGraceSeconds: UInt32
    /// The umask of sessions.
    public var umask: UInt32
    /// Whether the listener refuses to start when a confinement layer is missing.
    public var sandboxStrict: Bool
    /// Whether a written file is synced before its CLOSE is answered, and directories after they were changed.
    public var syncsOnClose: Bool
    /// Whether symbolic links can be made.
    public var allowsSymbolicLinks: Bool
    /// Whether debug events are logged.
    public var logsDebug: Bool
    /// Addresses to listen on in the form of ``listen``, where clients are offered old algorithms too. Where systemd
    /// passes sockets: those of its sockets that do. At most 64.
    public var legacyListen: [String]
    /// Networks, as `192.0.2.0/24` or `2001:db8::/32`, whose clients are offered old algorithms wherever they connect.
    /// At most 64.
    public var legacyNetworks: [String]
    /// Bytes after which new keys are agreed, in either direction; 0 for what the cipher allows.
    public var rekeyBytes: UInt64
    /// Seconds after which new keys are agreed; 0 for never.
    public var rekeySeconds: UInt32
    /// Seconds of silence after which a client is asked whether it is still there; 0 for never.
    public var keepAliveSeconds: UInt32
    /// Text that clients show before they log in, at most ``bannerLimit`` bytes; empty for none.
    public var banner: String
    /// The only networks that may connect, as ``legacyNetworks``; empty for everybody. At most 64.
    public var allowNetworks: [String]
    /// Networks that may never connect. At most 64.
    public var blockNetworks: [String]
    /// Networks that ``ListenerCommand/blocks(_:)`` does not reach. At most 64.
    public var trustedNetworks: [String]
    /// Seconds that a connection has for its identification string and the first key exchange.
    public var handshakeSeconds: UInt32
    /// Percent of the disk, and of its inodes, below which nothing is stored; 0 for none.
    public var minimumFreePercent: UInt32

    /// Networks of balancers: connections from there begin with a header of the PROXY protocol that names the client. At
    /// most 64.
    public var proxyNetworks: [String]

    /// The longest ``banner`` in bytes.
    public static let bannerLimit = 4_096
    /// The most ``legacyNetworks``, and the most addresses in each list.
    public static let listLimit = 64

    /// A configuration with Berth's defaults for all but the places on disk.
    public init(listen: [String], bucketsDirectory: String, hostKeysDirectory: String) {
        self.listen = listen
        self.bucketsDirectory = bucketsDirectory
        self.hostKeysDirectory = hostKeysDirectory
        identification = "OpenSSH_9.9p2 Berth"
        loginGraceSeconds = 60
        idleSeconds = 900
        maxSessions = 1_000
        maxSessionsPerAddress = 100
        maxUnauthenticated = 100
        maxAuthenticationAttempts = 6
        shutdownGraceSeconds = 30
        umask = 0o027
        sandboxStrict = false
        syncsOnClose = true
        allowsSymbolicLinks = true
        logsDebug = false
        legacyListen = []
        legacyNetworks = []
        rekeyBytes = 0
        rekeySeconds = 0
        keepAliveSeconds = 60
        banner = ""
        allowNetworks = []
        blockNetworks = []
        trustedNetworks = []
        proxyNetworks = []
        handshakeSeconds = 20
        minimumFreePercent = 5
    }

    /// By how many bytes it is too long to be sent: all of it is one message. Only the longest paths, lists and banner
    /// together are too long.
    public var excessBytes: Int {
        var queue = ByteQueue()
        ListenerCommand.configure(self).encode(into: &queue)
        return max(0, queue.count - SeqPacketSocket.messageLimit)
    }

    func encode(into queue: inout ByteQueue) {
        queue.append(texts: listen)
        queue.append(string: bucketsDirectory)
        queue.append(string: hostKeysDirectory)
        queue.append(string: identification)
        queue.append(loginGraceSeconds)
        queue.append(idleSeconds)
        queue.append(maxSessions)
        queue.append(maxSessionsPerAddress)
        queue.append(maxUnauthenticated)
        queue.append(maxAuthenticationAttempts)
        queue.append(shutdownGraceSeconds)
        queue.append(umask)
        queue.append(sandboxStrict)
        queue.append(syncsOnClose)
        queue.append(allowsSymbolicLinks)
        queue.append(logsDebug)
        queue.append(texts: legacyListen)
        queue.append(texts: legacyNetworks)
        queue.append(rekeyBytes)
        queue.append(rekeySeconds)
        queue.append(keepAliveSeconds)
        queue.append(string: banner)
        queue.append(texts: allowNetworks)
        queue.append(texts: blockNetworks)
        queue.append(texts: trustedNetworks)
        queue.append(texts: proxyNetworks)
        queue.append(handshakeSeconds)
        queue.append(minimumFreePercent)
    }

    @_lifetime(members: copy members)
    init(version: UInt8, members: inout WireReader) throws(WireError) {
        self.init(
            listen: try members.readTexts(countLimit: Self.listLimit),
            bucketsDirectory: try members.readText(limit: ControlLimit.path),
            hostKeysDirectory: try members.readText(limit: ControlLimit.path))
        identification = try members.readText(limit: ControlLimit.identification)
        loginGraceSeconds = try members.readUInt32()
        idleSeconds = try members.readUInt32()
        maxSessions = try members.readUInt32()
        maxSessionsPerAddress = try members.readUInt32()
        maxUnauthenticated = try members.readUInt32()
        maxAuthenticationAttempts = try members.readUInt32()
        shutdownGraceSeconds = try members.readUInt32()
        umask = try members.readUInt32()
        sandboxStrict = try members.readBoolean()
        syncsOnClose = try members.readBoolean()
        allowsSymbolicLinks = try members.readBoolean()
        logsDebug = try members.readBoolean()
        // A broker before version 2 has no such settings: the defaults hold.
        guard version >= 2 else { return }
        legacyListen = try members.readTexts(countLimit: Self.listLimit)
        legacyNetworks = try members.readTexts(countLimit: Self.listLimit)
        rekeyBytes = try members.readUInt64()
        rekeySeconds = try members.readUInt32()
        keepAliveSeconds = try members.readUInt32()
        banner = try members.readText(limit: Self.bannerLimit)
        guard version >= 3 else { return }
        allowNetworks = try members.readTexts(countLimit: Self.listLimit)
        blockNetworks = try members.readTexts(countLimit: Self.listLimit)
        trustedNetworks = try members.readTexts(countLimit: Self.listLimit)
        guard version >= 4 else { return }
        proxyNetworks = try members.readTexts(countLimit: Self.listLimit)
        handshakeSeconds = try members.readUInt32()
        minimumFreePercent = try members.readUInt32()
    }
}
