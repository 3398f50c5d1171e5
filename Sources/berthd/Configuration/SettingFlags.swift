import ArgumentParser

/// One flag for each setting, over variables and the configuration file.
struct SettingFlags: ParsableArguments {
    @Option(name: .customLong("data"), help: "The data directory.")
    var data: String?
    @Option(name: .customLong("log-level"), help: "debug, info, warning or error.")
    var logLevel: String?
    @Option(name: .customLong("audit-file"), help: "The audit log; empty for none.")
    var auditFile: String?
    @Option(name: .customLong("api-listen"), help: "Where the management API listens.")
    var apiListen: String?
    @Option(name: .customLong("api-max-users"), help: "As many users can exist; 0 for no limit.")
    var apiMaxUsers: String?
    @Option(
        name: .customLong("api-tls-certificate"),
        help: "The file of the API's certificate (PEM), its chain behind it.")
    var apiTLSCertificate: String?
    @Option(name: .customLong("api-tls-key"), help: "The file of the certificate's key (PEM).")
    var apiTLSKey: String?
    @Option(
        name: .customLong("api-allow-plain-http"),
        help: "Whether the API may speak plain HTTP beyond this machine: true or false.")
    var apiAllowPlainHTTP: String?
    @Option(
        name: .customLong("api-requests-per-second-per-key"),
        help: "Requests a second with one API key; 0 for no limit.")
    var apiRequestsPerSecondPerKey: String?
    @Option(
        name: .customLong("api-requests-per-second-per-address"),
        help: "Requests a second from one address; 0 for no limit.")
    var apiRequestsPerSecondPerAddress: String?
    @Option(name: .customLong("api-max-connections"), help: "Connections of the API at once.")
    var apiMaxConnections: String?
    @Option(
        name: .customLong("api-max-connections-per-address"),
        help: "Connections of the API at once from one address.")
    var apiMaxConnectionsPerAddress: String?
    @Option(
        name: .customLong("api-request-seconds"),
        help: "Seconds that a request, and a response, may take on the line.")
    var apiRequestSeconds: String?
    @Option(
        name: .customLong("api-idle-seconds"),
        help: "Seconds that a connection may be without a whole head of a request.")
    var apiIdleSeconds: String?
    @Option(name: .customLong("sftp-listen"), help: "Where the SFTP listener listens.")
    var sftpListen: String?
    @Option(name: .customLong("sftp-legacy-listen"), help: "Where clients are offered weak algorithms, too.")
    var sftpLegacyListen: String?
    @Option(name: .customLong("sftp-legacy-networks"), help: "Networks whose clients are offered weak algorithms, too.")
    var sftpLegacyNetworks: String?
    @Option(name: .customLong("sftp-advertised-host"), help: "The host name that partners are told.")
    var sftpAdvertisedHost: String?
    @Option(name: .customLong("sftp-advertised-port"), help: "The port that partners are told.")
    var sftpAdvertisedPort: String?
    @Option(name: .customLong("sftp-fsync"), help: "When written files are synced: close or never.")
    var sftpFsync: String?
    @Option(name: .customLong("sftp-symlinks"), help: "Whether symbolic links can be made: allow or refuse.")
    var sftpSymlinks: String?
    @Option(name: .customLong("sftp-identification"), help: "What follows SSH-2.0- in the identification string.")
    var sftpIdentification: String?
    @Option(name: .customLong("sftp-banner"), help: "Text that clients show before the login.")
    var sftpBanner: String?
    @Option(
        name: .customLong("sftp-handshake-seconds"),
        help: "Seconds for the identification string and the first key exchange.")
    var sftpHandshakeSeconds: String?
    @Option(name: .customLong("sftp-login-grace-seconds"), help: "Seconds that a connection has to log in.")
    var sftpLoginGraceSeconds: String?
    @Option(name: .customLong("sftp-idle-seconds"), help: "Seconds without a request after which a session ends.")
    var sftpIdleSeconds: String?
    @Option(
        name: .customLong("sftp-keepalive-seconds"),
        help: "Seconds of silence before a client is asked for a sign of life.")
    var sftpKeepAliveSeconds: String?
    @Option(name: .customLong("sftp-rekey-bytes"), help: "Bytes after which new keys are agreed.")
    var sftpRekeyBytes: String?
    @Option(name: .customLong("sftp-rekey-seconds"), help: "Seconds after which new keys are agreed.")
    var sftpRekeySeconds: String?
    @Option(name: .customLong("sftp-max-sessions"), help: "Connections at once.")
    var sftpMaxSessions: String?
    @Option(name: .customLong("sftp-max-sessions-per-address"), help: "Connections at once from one address.")
    var sftpMaxSessionsPerAddress: String?
    @Option(name: .customLong("sftp-max-sessions-per-user"), help: "Sessions of one user at once; 0 for no limit.")
    var sftpMaxSessionsPerUser: String?
    @Option(
        name: .customLong("sftp-bytes-per-second-per-user"),
        help: "Bytes of file data a second for each user, in each direction; 0 for no limit.")
    var sftpBytesPerSecondPerUser: String?
    @Option(name: .customLong("sftp-max-unauthenticated"), help: "Connections at once that have not logged in.")
    var sftpMaxUnauthenticated: String?
    @Option(name: .customLong("sftp-max-authentication-attempts"), help: "Attempts to log in on one connection.")
    var sftpMaxAuthenticationAttempts: String?
    @Option(name: .customLong("sftp-allow-networks"), help: "The only networks that may connect.")
    var sftpAllowNetworks: String?
    @Option(name: .customLong("sftp-block-networks"), help: "Networks that may never connect.")
    var sftpBlockNetworks: String?
    @Option(name: .customLong("sftp-trusted-networks"), help: "Networks that failed logins never block or slow down.")
    var sftpTrustedNetworks: String?
    @Option(name: .customLong("sftp-proxy-networks"), help: "Networks of balancers that speak the PROXY protocol.")
    var sftpProxyNetworks: String?
    @Option(name: .customLong("sftp-block-after-failures"), help: "Failed logins after which an address is blocked.")
    var sftpBlockAfterFailures: String?
    @Option(name: .customLong("sftp-block-seconds"), help: "Seconds that the first block of an address lasts.")
    var sftpBlockSeconds: String?
    @Option(name: .customLong("sftp-control-socket"), help: "The socket on which systemd's listener is awaited.")
    var sftpControlSocket: String?
    @Option(name: .customLong("sftp-shutdown-grace-seconds"), help: "Seconds that transfers have to finish at a stop.")
    var sftpShutdownGraceSeconds: String?
    @Option(name: .customLong("sftp-minimum-free-percent"), help: "Percent of the disk that stay free; 0 for none.")
    var sftpMinimumFreePercent: String?
    @Option(name: .customLong("sandbox"), help: "strict or auto.")
    var sandbox: String?
    @Option(name: .customLong("store-group"), help: "The group that files of the store get.")
    var storeGroup: String?
    @Option(name: .customLong("store-umask"), help: "The umask of files of the store.")
    var storeUmask: String?

    /// The settings that were given.
    var values: [Setting: String] {
        Dictionary(uniqueKeysWithValues: Setting.allCases.compactMap { setting in text(setting).map { (setting, $0) } })
    }

    private func text(_ setting: Setting) -> String? {
        switch setting {
        case .data: data
        case .logLevel: logLevel
        case .auditFile: auditFile
        case .apiListen: apiListen
        case .apiMaxUsers: apiMaxUsers
        case .apiTLSCertificate: apiTLSCertificate
        case .apiTLSKey: apiTLSKey
        case .apiAllowPlainHTTP: apiAllowPlainHTTP
        case .apiRequestsPerSecondPerKey: apiRequestsPerSecondPerKey
        case .apiRequestsPerSecondPerAddress: apiRequestsPerSecondPerAddress
        case .apiMaxConnections: apiMaxConnections
        case .apiMaxConnectionsPerAddress: apiMaxConnectionsPerAddress
        case .apiRequestSeconds: apiRequestSeconds
        case .apiIdleSeconds: apiIdleSeconds
        case .sftpListen: sftpListen
        case .sftpLegacyListen: sftpLegacyListen
        case .sftpLegacyNetworks: sftpLegacyNetworks
        case .sftpAdvertisedHost: sftpAdvertisedHost
        case .sftpAdvertisedPort: sftpAdvertisedPort
        case .sftpFsync: sftpFsync
        case .sftpSymlinks: sftpSymlinks
        case .sftpIdentification: sftpIdentification
        case .sftpBanner: sftpBanner
        case .sftpHandshakeSeconds: sftpHandshakeSeconds
        case .sftpLoginGraceSeconds: sftpLoginGraceSeconds
        case .sftpIdleSeconds: sftpIdleSeconds
        case .sftpKeepAliveSeconds: sftpKeepAliveSeconds
        case .sftpRekeyBytes: sftpRekeyBytes
        case .sftpRekeySeconds: sftpRekeySeconds
        case .sftpMaxSessions: sftpMaxSessions
        case .sftpMaxSessionsPerAddress: sftpMaxSessionsPerAddress
        case .sftpMaxSessionsPerUser: sftpMaxSessionsPerUser
        case .sftpBytesPerSecondPerUser: sftpBytesPerSecondPerUser
        case .sftpMaxUnauthenticated: sftpMaxUnauthenticated
        case .sftpMaxAuthenticationAttempts: sftpMaxAuthenticationAttempts
        case .sftpAllowNetworks: sftpAllowNetworks
        case .sftpBlockNetworks: sftpBlockNetworks
        case .sftpTrustedNetworks: sftpTrustedNetworks
        case .sftpProxyNetworks: sftpProxyNetworks
        case .sftpBlockAfterFailures: sftpBlockAfterFailures
        case .sftpBlockSeconds: sftpBlockSeconds
        case .sftpControlSocket: sftpControlSocket
        case .sftpShutdownGraceSeconds: sftpShutdownGraceSeconds
        case .sftpMinimumFreePercent: sftpMinimumFreePercent
        case .sandbox: sandbox
        case .storeGroup: storeGroup
        case .storeUmask: storeUmask
        }
    }
}
