/// A setting by its name in the configuration file. Each is also a variable (`BERTHD_…`) and a flag (`--…`).
enum Setting: String, CaseIterable, Sendable {
    case data
    case logLevel = "log.level"
    case auditFile = "audit.file"
    case apiListen = "api.listen"
    case apiMaxUsers = "api.max_users"
    case sftpListen = "sftp.listen"
    case sftpLegacyListen = "sftp.legacy_listen"
    case sftpLegacyNetworks = "sftp.legacy_networks"
    case sftpAdvertisedHost = "sftp.advertised_host"
    case sftpAdvertisedPort = "sftp.advertised_port"
    case sftpFsync = "sftp.fsync"
    case sftpSymlinks = "sftp.symlinks"
    case sftpIdentification = "sftp.identification"
    case sftpBanner = "sftp.banner"
    case sftpHandshakeSeconds = "sftp.handshake_seconds"
    case sftpLoginGraceSeconds = "sftp.login_grace_seconds"
    case sftpIdleSeconds = "sftp.idle_seconds"
    case sftpKeepAliveSeconds = "sftp.keepalive_seconds"
    case sftpRekeyBytes = "sftp.rekey_bytes"
    case sftpRekeySeconds = "sftp.rekey_seconds"
    case sftpMaxSessions = "sftp.max_sessions"
    case sftpMaxSessionsPerAddress = "sftp.max_sessions_per_address"
    case sftpMaxSessionsPerUser = "sftp.max_sessions_per_user"
    case sftpBytesPerSecondPerUser = "sftp.bytes_per_second_per_user"
    case sftpMaxUnauthenticated = "sftp.max_unauthenticated"
    case sftpMaxAuthenticationAttempts = "sftp.max_authentication_attempts"
    case sftpAllowNetworks = "sftp.allow_networks"
    case sftpBlockNetworks = "sftp.block_networks"
    case sftpTrustedNetworks = "sftp.trusted_networks"
    case sftpProxyNetworks = "sftp.proxy_networks"
    case sftpBlockAfterFailures = "sftp.block_after_failures"
    case sftpBlockSeconds = "sftp.block_seconds"
    case sftpControlSocket = "sftp.control_socket"
    case sftpShutdownGraceSeconds = "sftp.shutdown_grace_seconds"
    case sftpMinimumFreePercent = "sftp.minimum_free_percent"
    case sandbox
    case storeGroup = "store.group"
    case storeUmask = "store.umask"

    /// The value where none is given, in the form of the configuration file. Empty: found out at start, or none.
    var defaultText: String {
        switch self {
        case .data: "/var/lib/berth"
        case .logLevel: "info"
        case .auditFile: "audit.jsonl"
        case .apiListen: "127.0.0.1:8022"
        case .apiMaxUsers: "0"
        case .sftpListen: "[::]:2222"
        case .sftpLegacyListen: ""
        case .sftpLegacyNetworks: ""
        case .sftpAdvertisedHost: ""
        case .sftpAdvertisedPort: "0"
        case .sftpFsync: "close"
        case .sftpSymlinks: "allow"
        case .sftpIdentification: "OpenSSH_9.9p2 Berth"
        case .sftpBanner: ""
        case .sftpHandshakeSeconds: "20"
        case .sftpLoginGraceSeconds: "60"
        case .sftpIdleSeconds: "900"
        case .sftpKeepAliveSeconds: "60"
        case .sftpRekeyBytes: "0"
        case .sftpRekeySeconds: "0"
        case .sftpMaxSessions: "1000"
        case .sftpMaxSessionsPerAddress: "100"
        case .sftpMaxSessionsPerUser: "10"
        case .sftpBytesPerSecondPerUser: "0"
        case .sftpMaxUnauthenticated: "100"
        case .sftpMaxAuthenticationAttempts: "6"
        case .sftpAllowNetworks: ""
        case .sftpBlockNetworks: ""
        case .sftpTrustedNetworks: ""
        case .sftpProxyNetworks: ""
        case .sftpBlockAfterFailures: "10"
        case .sftpBlockSeconds: "60"
        case .sftpControlSocket: ""
        case .sftpShutdownGraceSeconds: "30"
        case .sftpMinimumFreePercent: "5"
        case .sandbox: "auto"
        case .storeGroup: ""
        case .storeUmask: "0027"
        }
    }

    /// The environment variable, `BERTHD_SFTP_MAX_SESSIONS`.
    var variable: String {
        "BERTHD_" + rawValue.uppercased().map { $0 == "." ? "_" : String($0) }.joined()
    }

    /// The flag without its dashes, `sftp-max-sessions`.
    var flag: String {
        rawValue.map { $0 == "." || $0 == "_" ? "-" : String($0) }.joined()
    }
}
