import Logging
import SessionControl

/// The whole configuration of the daemon, validated: what the settings mean, not how they are written.
struct Settings: Sendable, Equatable {
    /// When a written file is synced to the disk.
    enum Fsync: String, CaseIterable, Sendable {
        /// Before its CLOSE is answered; directories before what changes them is answered.
        case close
        /// When the system pleases.
        case never
    }

    /// Whether clients may make symbolic links.
    enum Symlinks: String, CaseIterable, Sendable {
        case allow
        case refuse
    }

    /// What to do where a confinement layer is missing.
    enum Sandbox: String, CaseIterable, Sendable {
        /// Refuse to start.
        case strict
        /// Go on with the others and log which are on.
        case auto
    }

    /// The files that the API's certificate and its key are in, absolute.
    struct TLSFiles: Sendable, Equatable {
        let certificate: String
        let key: String
    }

    /// The data directory, absolute.
    var data: String
    /// Events below this level are not logged.
    var logLevel: Logger.Level
    /// The audit log, absolute; nil where none is kept.
    var auditFile: String?
    /// Where the management API listens.
    var apiListen: ListenAddress
    /// As many users can exist; 0 for no limit.
    var apiMaxUsers: Int
    /// The certificate that the management API shows; nil for plain HTTP.
    var apiTLS: TLSFiles?
    /// Whether the management API may speak plain HTTP where others than this machine reach it.
    var apiAllowPlainHTTP: Bool
    /// Requests a second with one API key; 0 for no limit.
    var apiRequestsPerSecondPerKey: Int
    /// Requests a second from one address; 0 for no limit.
    var apiRequestsPerSecondPerAddress: Int
    /// Connections of the API at once.
    var apiMaxConnections: Int
    /// Connections of the API at once from one address.
    var apiMaxConnectionsPerAddress: Int
    /// Seconds that a request has from its head to its end, and that a response has to be taken.
    var apiRequestSeconds: Int
    /// Seconds that a connection of the API may be without the whole head of a request.
    var apiIdleSeconds: Int
    /// Where the SFTP listener listens; at least one.
    var sftpListen: [ListenAddress]
    /// Where clients are offered weak algorithms beside the others.
    var sftpLegacyListen: [ListenAddress]
    /// The networks whose clients are offered weak algorithms beside the others, wherever they connect.
    var sftpLegacyNetworks: [AddressNetwork]
    /// The host name that partners are told.
    var sftpAdvertisedHost: String
    /// The port that partners are told; nil for the one listened on.
    var sftpAdvertisedPort: Int?
    /// When written files are synced.
    var sftpFsync: Fsync
    /// Whether symbolic links can be made.
    var sftpSymlinks: Symlinks
    /// What follows `SSH-2.0-` in the identification string.
    var sftpIdentification: String
    /// What clients show before the login; empty for nothing.
    var sftpBanner: String
    /// Seconds that a connection has for its identification string and the first key exchange.
    var sftpHandshakeSeconds: Int
    /// Seconds that a connection has to log in.
    var sftpLoginGraceSeconds: Int
    /// Seconds without a request after which a session ends; 0 for never.
    var sftpIdleSeconds: Int
    /// Seconds of silence before a client is asked for a sign of life; 0 for never.
    var sftpKeepAliveSeconds: Int
    /// Bytes after which new keys are agreed; 0 for what the cipher allows.
    var sftpRekeyBytes: Int
    /// Seconds after which new keys are agreed; 0 for never.
    var sftpRekeySeconds: Int
    /// Connections at once.
    var sftpMaxSessions: Int
    /// Connections at once from one address.
    var sftpMaxSessionsPerAddress: Int
    /// Sessions of one user at once; 0 for no limit.
    var sftpMaxSessionsPerUser: Int
    /// Bytes of file data a second over all sessions of a user, in each direction; 0 for no limit.
    var sftpBytesPerSecondPerUser: Int
    /// Connections at once that have not logged in.
    var sftpMaxUnauthenticated: Int
    /// Attempts to log in on one connection.
    var sftpMaxAuthenticationAttempts: Int
    /// The only networks that may connect; empty for everybody.
    var sftpAllowNetworks: [AddressNetwork]
    /// Networks that may never connect.
    var sftpBlockNetworks: [AddressNetwork]
    /// Networks that failed logins never block or slow down.
    var sftpTrustedNetworks: [AddressNetwork]
    /// Networks of balancers that say by the PROXY protocol who the client is.
    var sftpProxyNetworks: [AddressNetwork]
    /// Failed logins after which an address is blocked; 0 for never.
    var sftpBlockAfterFailures: Int
    /// Seconds that the first block of an address lasts.
    var sftpBlockSeconds: Int
    /// The socket on which a listener that systemd runs is awaited; nil to spawn one.
    var sftpControlSocket: String?
    /// Seconds that running transfers have to finish when the service stops.
    var sftpShutdownGraceSeconds: Int
    /// Percent of the disk, and of its inodes, that partners leave free; 0 for none.
    var sftpMinimumFreePercent: Int
    /// What to do where a confinement layer is missing.
    var sandbox: Sandbox
    /// The group that files and directories of the store get; nil to leave them the process's.
    var storeGroup: String?
    /// The umask of files and directories of the store.
    var storeUmask: UInt32

    /// The configuration file that was read, if any.
    var file: String?
    /// Things that don't stop the start but may be mistakes, a sentence each.
    var warnings: [String]

    /// The registry's database.
    var registryPath: String { data + "/berth.sqlite" }

    /// The directory of the host keys.
    var hostKeysDirectory: String { data + "/host_keys" }

    /// The directory of the buckets.
    var bucketsDirectory: String { data + "/buckets" }
}
