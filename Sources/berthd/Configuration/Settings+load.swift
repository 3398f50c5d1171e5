import Foundation
import SessionControl

extension Settings {
    /// The file that is read when none is named and this one exists.
    static let defaultFile = "/etc/berth/berth.yaml"

    /// Reads the whole configuration.
    ///
    /// `unrecognized` are the arguments of the command line that are no flags of it; they are faults like the others.
    static func load(
        flags: [Setting: String] = [:], unrecognized: [String] = [], configFile: String? = nil,
        environment: [String: String] = ProcessInfo.processInfo.environment, defaultFile: String = Self.defaultFile,
        hasIPv6: Bool = Host.hasIPv6
    ) throws(ConfigurationError) -> Settings {
        let file = settingsFile(named: configFile, defaultFile: defaultFile)
        let sources = SettingsSources(flags: flags, environment: environment, file: file)
        var reader = SettingsReader(sources)
        let data = reader.path(.data)
        let apiListen = reader.address(.apiListen)
        let sftpListen = reader.addresses(.sftpListen, hasIPv6: hasIPv6)
        // Where systemd opens the sockets, sftp.listen is not used.
        let taken = sources[.sftpControlSocket].text.isEmpty ? sftpListen : []
        var settings = Settings(
            data: data, logLevel: reader.level(.logLevel), auditFile: reader.path(.auditFile, below: data),
            apiListen: apiListen ?? ListenAddress(host: "127.0.0.1", port: 0),
            apiMaxUsers: reader.integer(.apiMaxUsers, 0...1_000_000_000), apiTLS: reader.tlsFiles(),
            apiAllowPlainHTTP: reader.boolean(.apiAllowPlainHTTP),
            apiRequestsPerSecondPerKey: reader.integer(.apiRequestsPerSecondPerKey, 0...1_000_000),
            apiRequestsPerSecondPerAddress: reader.integer(.apiRequestsPerSecondPerAddress, 0...1_000_000),
            apiMaxConnections: reader.integer(.apiMaxConnections, 1...100_000),
            apiMaxConnectionsPerAddress: reader.integer(.apiMaxConnectionsPerAddress, 1...100_000),
            apiRequestSeconds: reader.integer(.apiRequestSeconds, 1...3_600),
            apiIdleSeconds: reader.integer(.apiIdleSeconds, 1...3_600),
            sftpListen: sftpListen, sftpLegacyListen: reader.legacyAddresses(.sftpLegacyListen, taken: taken),
            sftpLegacyNetworks: reader.networks(.sftpLegacyNetworks),
            sftpAdvertisedHost: reader.hostName(.sftpAdvertisedHost, machine: Host.name),
            sftpAdvertisedPort: reader.integer(.sftpAdvertisedPort, 0...65_535),
            sftpFsync: reader.choice(.sftpFsync, .close), sftpSymlinks: reader.choice(.sftpSymlinks, .allow),
            sftpIdentification: reader.identification(.sftpIdentification),
            sftpBanner: reader.banner(.sftpBanner),
            sftpHandshakeSeconds: reader.integer(.sftpHandshakeSeconds, 1...3_600),
            sftpLoginGraceSeconds: reader.integer(.sftpLoginGraceSeconds, 1...3_600),
            sftpIdleSeconds: reader.integer(.sftpIdleSeconds, 0...604_800),
            sftpKeepAliveSeconds: reader.integer(.sftpKeepAliveSeconds, 0...86_400),
            sftpRekeyBytes: reader.integer(.sftpRekeyBytes, orZero: 1_048_576...1_099_511_627_776),
            sftpRekeySeconds: reader.integer(.sftpRekeySeconds, orZero: 60...604_800),
            sftpMaxSessions: reader.integer(.sftpMaxSessions, 1...100_000),
            sftpMaxSessionsPerAddress: reader.integer(.sftpMaxSessionsPerAddress, 1...100_000),
            sftpMaxSessionsPerUser: reader.integer(.sftpMaxSessionsPerUser, 0...100_000),
            sftpBytesPerSecondPerUser: reader.integer(.sftpBytesPerSecondPerUser, 0...1_000_000_000_000),
            sftpMaxUnauthenticated: reader.integer(.sftpMaxUnauthenticated, 1...100_000),
            sftpMaxAuthenticationAttempts: reader.integer(.sftpMaxAuthenticationAttempts, 1...100),
            sftpAllowNetworks: reader.networks(.sftpAllowNetworks),
            sftpBlockNetworks: reader.networks(.sftpBlockNetworks),
            sftpTrustedNetworks: reader.networks(.sftpTrustedNetworks),
            sftpProxyNetworks: reader.proxyNetworks(.sftpProxyNetworks),
            sftpBlockAfterFailures: reader.integer(.sftpBlockAfterFailures, 0...1_000),
            sftpBlockSeconds: reader.integer(.sftpBlockSeconds, 1...86_400),
            sftpControlSocket: reader.socketPath(.sftpControlSocket),
            sftpShutdownGraceSeconds: reader.integer(.sftpShutdownGraceSeconds, 0...86_400),
            sftpMinimumFreePercent: reader.integer(.sftpMinimumFreePercent, 0...90),
            sandbox: reader.choice(.sandbox, .strict), storeGroup: reader.group(.storeGroup),
            storeUmask: reader.umask(.storeUmask), file: file?.path, warnings: [])
        if settings.sftpAdvertisedPort == 0 { settings.sftpAdvertisedPort = nil }
        if let apiListen { reader.checkPlainHTTP(at: apiListen, isAllowed: settings.apiAllowPlainHTTP) }
        let faults = (file?.faults ?? []) + unrecognized.map(Self.fault(unrecognized:)) + reader.faults
        guard faults.isEmpty else { throw ConfigurationError(faults: faults) }
        settings.warnings = sources.unknownVariables.map { "the variable \($0) is no setting of Berth and was ignored" }
        if let warning = settings.legacyWarning { settings.warnings.append(warning) }
        return settings
    }

    /// What an operator who offers weak algorithms should know at each start; nil where nobody is offered any.
    private var legacyWarning: String? {
        let places = [
            ("sftp.legacy_listen", sftpLegacyListen.map(\.description)),
            ("sftp.legacy_networks", sftpLegacyNetworks.map(\.description)),
        ].filter { !$0.1.isEmpty }
        guard !places.isEmpty else { return nil }
        let named = places.map { "\($0.0) (\($0.1.joined(separator: ", ")))" }.joined(separator: " and ")
        return "clients of \(named) are offered weak algorithms: see Partners with old clients in the operations manual"
    }

    /// The data directory alone, for commands that work where the rest of the configuration may be wrong.
    static func dataDirectory(
        flag: String?, configFile: String?, environment: [String: String] = ProcessInfo.processInfo.environment,
        defaultFile: String = Self.defaultFile
    ) throws(ConfigurationError) -> String {
        let file = settingsFile(named: configFile, defaultFile: defaultFile)
        let flags = flag.map { [Setting.data: $0] } ?? [:]
        var reader = SettingsReader(SettingsSources(flags: flags, environment: environment, file: file))
        let path = reader.path(.data)
        // A file that can't be read may have named another directory.
        let faults =
            (flag == nil ? file?.faults.filter { $0.setting == "configuration file" } ?? [] : []) + reader.faults
        guard faults.isEmpty else { throw ConfigurationError(faults: faults) }
        return path
    }

    /// The audit log of the data directory `data`, for commands as above: what can't be read names none other than the
    /// default's.
    static func auditFile(
        data: String, configFile: String?, environment: [String: String] = ProcessInfo.processInfo.environment,
        defaultFile: String = Self.defaultFile
    ) throws(ConfigurationError) -> String? {
        let file = settingsFile(named: configFile, defaultFile: defaultFile)
        var reader = SettingsReader(SettingsSources(flags: [:], environment: environment, file: file))
        let path = reader.path(.auditFile, below: data)
        guard reader.faults.isEmpty else { throw ConfigurationError(faults: reader.faults) }
        return path
    }

    private static func settingsFile(named name: String?, defaultFile: String) -> SettingsFile? {
        if let name { return SettingsFile(path: name) }
        return FileManager.default.fileExists(atPath: defaultFile) ? SettingsFile(path: defaultFile) : nil
    }

    private static func fault(unrecognized argument: String) -> SettingFault {
        SettingFault(
            setting: argument, value: nil, source: "command line",
            allowed: argument.hasPrefix("-") ? "there is no such flag" : "nothing of this kind is allowed here")
    }
}

extension ListenAddress {
    /// An address that is known to be numeric.
    fileprivate init(host: String, port: Int) {
        self.host = host
        self.port = port
    }
}
