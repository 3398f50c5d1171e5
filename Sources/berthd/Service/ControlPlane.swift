import Audit
import BucketStore
import CLinux
import Foundation
import Glibc
import Logging
import ManagementAPI
import Provisioning
import Registry
import ServiceLifecycle
import SessionBroker
import SessionControl
import Synchronization
import UnixSignals

/// The running service: registry, store, broker and API, from the first to the last moment.
struct ControlPlane {
    let settings: Settings

    func run() async throws {
        let logger = Logger(label: "berthd")
        let since = Date()
        try Secrecy.closeMemory()
        signal(SIGPIPE, SIG_IGN)
        // One for each session, and one for each connection of the API.
        let descriptors = clinux_raise_descriptor_limit()
        if descriptors < UInt64(settings.sftpMaxSessions + settings.apiMaxConnections) + 256 {
            logger.warning(
                "the limit of open files is too low for so many sessions and connections of the API",
                metadata: [
                    "limit": "\(descriptors)", "sftp_max_sessions": "\(settings.sftpMaxSessions)",
                    "api_max_connections": "\(settings.apiMaxConnections)",
                ])
        }
        // Until it is heeded it must not end the service.
        signal(SIGHUP, SIG_IGN)
        let group = try settings.storeGroup.map(Self.groupID)
        let directory = try DataDirectory(path: settings.data, isShared: group != nil)
        try Secrecy.checkPlaces(
            data: settings.data, hostKeys: settings.hostKeysDirectory, registry: settings.registryPath,
            buckets: settings.bucketsDirectory, controlSocket: settings.sftpControlSocket,
            auditFile: settings.auditFile, tls: settings.apiTLS)
        let observers = try Observers(auditFile: settings.auditFile, logger: logger)
        defer { observers.end(isSound: false) }
        let registry = try Registry(path: settings.registryPath)
        let store = try BucketStore(directory: settings.bucketsDirectory, umask: settings.storeUmask, group: group)
        let broker = SessionBroker(
            options: SessionBroker.Options(
                dataPlane: try dataPlane, configuration: dataPlaneConfiguration, protection: protection,
                userLimits: userLimits),
            registry: registry, store: store, logger: logger, audit: observers.trail, metrics: observers.metrics)
        observers.watch(
            ServiceFigures(
                registry: registry, broker: broker, data: settings.data, registryPath: settings.registryPath))
        logger.info(
            "starting",
            metadata: [
                "version": "\(Berthd.version)", "data": "\(settings.data)", "sandbox": "\(settings.sandbox)",
                "config": "\(settings.file ?? "none")",
            ])
        if settings.apiTLS == nil, !settings.apiListen.isLoopback {
            logger.warning(
                "the API speaks plain HTTP on an address that others reach: put a proxy with TLS before it",
                metadata: ["api_listen": "\(settings.apiListen)"])
        }
        let certificate = try settings.apiTLS.map { files throws(StartFailure) in
            try APICertificate(files, privateGroups: Secrecy.privateGroups, logger: logger)
        }
        if let certificate { observers.watch(certificate.current) }
        // When nothing that the settings say stops the start any more: a key that is replaced is gone.
        try KeyCredential.adopt(
            from: ProcessInfo.processInfo.environment["CREDENTIALS_DIRECTORY"], into: registry, audit: observers.trail,
            logger: logger)
        // What SIGHUP does.
        let reloads: [@Sendable () -> Void] = [{ observers.audit?.reopen() }, { certificate?.reload() }]
        let provisioner = Provisioner(
            registry: registry, store: store, sessions: broker,
            limits: Provisioner.Limits(maxUsers: settings.apiMaxUsers))
        provisioner.refuse(because: "the service is starting")
        let stop = StopFlag()
        let api = managementAPI(
            options: apiOptions(certificate),
            registry: registry, provisioner: provisioner,
            sessions: SessionAdministration(keeper: broker, pageTokenKey: registry.pageTokenKey),
            blocks: BlockAdministration(keeper: broker, pageTokenKey: registry.pageTokenKey),
            status: { status(broker, since: since) },
            endpoint: { endpoint(broker) },
            readinessProblems: { broker.readinessProblems }, observability: observers.ofAPI,
            version: Berthd.version, logger: logger,
            onListening: { logger.info("listening", metadata: ["plane": "api", "address": "\($0)"]) })
        // The broker may end before the API: a slow client of the API must not hold up the end of transfers.
        var configuration = ServiceGroupConfiguration(
            services: [
                .init(service: BrokerService(broker: broker)),
                .init(service: APIService(application: api, address: settings.apiListen)),
            ], gracefulShutdownSignals: [], logger: Logger.quiet)
        configuration.maximumGracefulShutdownDuration = .seconds(settings.sftpShutdownGraceSeconds + 5)
        let services = ServiceGroup(configuration: configuration)
        // Each says whether it was the service itself.
        try await withThrowingTaskGroup(of: Bool.self) { tasks in
            tasks.addTask {
                do {
                    try await services.run()
                } catch {
                    // A client of the API that outlived its time is no failure of a service that was told to stop.
                    guard stop.isSet.load(ordering: .relaxed) else { throw error }
                }
                return true
            }
            tasks.addTask {
                await broker.waitUntilReady()
                // Once is enough: what it may be short of a moment later, readyz says.
                guard broker.lastStatus != nil else { return false }
                provisioner.accept()
                logger.info("ready")
                _ = clinux_notify("READY=1")
                return false
            }
            tasks.addTask {
                await certificate?.watch()
                return false
            }
            tasks.addTask {
                await heedSignals { isSecond in
                    if isSecond {
                        // Whatever was acknowledged is on the disk.
                        broker.stopNow()
                        await broker.waitUntilEnded()
                        observers.end(isSound: true)
                        exit(0)
                    }
                    _ = clinux_notify("STOPPING=1")
                    stop.isSet.store(true, ordering: .relaxed)
                    provisioner.refuse(because: "the service is stopping", forGood: true)
                    broker.stop()
                    await services.triggerGracefulShutdown()
                }
                return false
            }
            tasks.addTask {
                await heedReloads(reloads)
                return false
            }
            // The service's end, or its failure, which must not be lost because another task saw the broker's end first.
            // The others wait for that, or have nothing more to do.
            for try await isService in tasks where isService { break }
            tasks.cancelAll()
        }
        // Whichever of them ended first.
        if let failure = broker.failure { throw failure }
        observers.end(isSound: true)
        logger.info("stopped")
        withExtendedLifetime(directory) {}
    }

    /// The first signal stops the service in good order, the second one at once.
    private func heedSignals(_ stop: (_ isSecond: Bool) async -> Void) async {
        let logger = Logger(label: "berthd")
        var isStopping = false
        for await signal in await UnixSignalsSequence(trapping: .sigterm, .sigint) {
            logger.info(isStopping ? "told to stop again: ending now" : "stopping", metadata: ["signal": "\(signal)"])
            await stop(isStopping)
            isStopping = true
        }
    }

    private func status(_ broker: SessionBroker, since: Date) -> ServiceStatus {
        let dataPlane = broker.lastStatus
        var disk: (freeBytes: UInt64, totalBytes: UInt64)?
        var found = statvfs()
        if statvfs(settings.data, &found) == 0 {
            let unit = UInt64(found.f_frsize)
            disk = (unit &* UInt64(found.f_bavail), unit &* UInt64(found.f_blocks))
        }
        return ServiceStatus(
            version: Berthd.version, since: since, sandboxLayers: dataPlane?.layers ?? [],
            sandboxMode: settings.sandbox.rawValue, sessions: broker.figures.openSessions, disk: disk,
            libssh: dataPlane?.libsshVersion ?? "")
    }

    /// SIGHUP: what was changed on the disk is looked at anew.
    private func heedReloads(_ reloads: [@Sendable () -> Void]) async {
        let logger = Logger(label: "berthd")
        for await signal in await UnixSignalsSequence(trapping: .sighup) {
            logger.info("reloading", metadata: ["signal": "\(signal)"])
            for reload in reloads { reload() }
        }
    }

    private func apiOptions(_ certificate: APICertificate?) -> ManagementAPIOptions {
        var options = ManagementAPIOptions(
            host: settings.apiListen.host, port: settings.apiListen.port,
            idleTimeout: .seconds(settings.apiIdleSeconds), requestTimeout: .seconds(settings.apiRequestSeconds))
        options.maxConnections = settings.apiMaxConnections
        options.maxConnectionsPerAddress = settings.apiMaxConnectionsPerAddress
        options.requestsPerSecondPerAddress = settings.apiRequestsPerSecondPerAddress
        options.requestsPerSecondPerKey = settings.apiRequestsPerSecondPerKey
        options.certificate = certificate?.current
        return options
    }

    /// Where partners connect to: as the operator says, or else where the listener listens.
    private func endpoint(_ broker: SessionBroker) -> SFTPEndpoint {
        let addresses = broker.lastStatus?.addresses.compactMap { ListenAddress($0) } ?? settings.sftpListen
        // Partners are sent to where weak algorithms are not offered.
        let listening = addresses.first { !settings.sftpLegacyListen.contains($0) } ?? addresses.first
        return SFTPEndpoint(
            host: settings.sftpAdvertisedHost, port: settings.sftpAdvertisedPort ?? listening?.port ?? 0)
    }

    private var dataPlane: SessionBroker.DataPlane {
        get throws {
            if let path = settings.sftpControlSocket { return .connecting(socketPath: path) }
            let own = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
            let executable = URL(filePath: own).deletingLastPathComponent().appending(path: "berth-sftpd").path
            guard access(executable, X_OK) == 0 else {
                throw StartFailure(description: "the SFTP listener \(executable) is missing or not executable")
            }
            return .spawned(executable: executable)
        }
    }

    /// What no setting by itself shows; nil where the service can be run as it is configured.
    var problem: String? {
        let excess = dataPlaneConfiguration.excessBytes
        guard excess > 0 else { return nil }
        return "sftp.banner and the lists of addresses and networks (sftp.listen, sftp.legacy_…, sftp.…_networks) are "
            + "together \(excess) bytes longer than the data plane can be told: shorten the banner, or put networks together"
    }

    private var dataPlaneConfiguration: DataPlaneConfiguration {
        var configuration = DataPlaneConfiguration(
            listen: settings.sftpListen.map(\.description), bucketsDirectory: settings.bucketsDirectory,
            hostKeysDirectory: settings.hostKeysDirectory)
        configuration.identification = settings.sftpIdentification
        configuration.legacyListen = settings.sftpLegacyListen.map(\.description)
        configuration.legacyNetworks = settings.sftpLegacyNetworks.map(\.description)
        configuration.banner = settings.sftpBanner
        configuration.loginGraceSeconds = UInt32(clamping: settings.sftpLoginGraceSeconds)
        configuration.handshakeSeconds = UInt32(clamping: settings.sftpHandshakeSeconds)
        configuration.idleSeconds = UInt32(clamping: settings.sftpIdleSeconds)
        configuration.keepAliveSeconds = UInt32(clamping: settings.sftpKeepAliveSeconds)
        configuration.rekeyBytes = UInt64(clamping: settings.sftpRekeyBytes)
        configuration.rekeySeconds = UInt32(clamping: settings.sftpRekeySeconds)
        configuration.maxSessions = UInt32(clamping: settings.sftpMaxSessions)
        configuration.maxSessionsPerAddress = UInt32(clamping: settings.sftpMaxSessionsPerAddress)
        configuration.maxUnauthenticated = UInt32(clamping: settings.sftpMaxUnauthenticated)
        configuration.maxAuthenticationAttempts = UInt32(clamping: settings.sftpMaxAuthenticationAttempts)
        configuration.allowNetworks = settings.sftpAllowNetworks.map(\.description)
        configuration.blockNetworks = settings.sftpBlockNetworks.map(\.description)
        configuration.trustedNetworks = settings.sftpTrustedNetworks.map(\.description)
        configuration.proxyNetworks = settings.sftpProxyNetworks.map(\.description)
        configuration.shutdownGraceSeconds = UInt32(clamping: settings.sftpShutdownGraceSeconds)
        configuration.umask = settings.storeUmask
        configuration.sandboxStrict = settings.sandbox == .strict
        configuration.minimumFreePercent = UInt32(clamping: settings.sftpMinimumFreePercent)
        configuration.syncsOnClose = settings.sftpFsync == .close
        configuration.allowsSymbolicLinks = settings.sftpSymlinks == .allow
        configuration.logsDebug = settings.logLevel <= .debug
        return configuration
    }

    private var protection: LoginProtection {
        LoginProtection(
            blockAfterFailures: settings.sftpBlockAfterFailures, blockSeconds: settings.sftpBlockSeconds,
            trustedNetworks: settings.sftpTrustedNetworks)
    }

    private var userLimits: UserLimits {
        UserLimits(
            maxSessions: settings.sftpMaxSessionsPerUser, bytesPerSecond: settings.sftpBytesPerSecondPerUser)
    }

    private static func groupID(_ name: String) throws -> UInt32 {
        guard let entry = getgrnam(name) else {
            throw StartFailure(description: "store.group: there is no group \(name)")
        }
        return entry.pointee.gr_gid
    }
}

/// Whether the service was told to stop.
private final class StopFlag: Sendable {
    let isSet = Atomic(false)
}

extension Logger {
    /// A logger for parts whose own events say nothing to an operator: only their errors pass.
    static var quiet: Logger {
        var logger = Logger(label: "berthd")
        logger.logLevel = .error
        return logger
    }
}
