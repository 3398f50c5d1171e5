import CLinux
import ConfinedFileSystem
import Glibc
import SFTPProtocol
import SFTPService
import SSHTransport
import SSHWire
import SessionControl

extension Listener.Service {
    /// Opens what sessions are confined to, tries the confinement, loads the host keys, and warms libssh up.
    static func prepare(_ configuration: DataPlaneConfiguration, log: Log) throws(ServiceFailure) -> Self {
        let buckets = open(configuration.bucketsDirectory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard buckets >= 0 else {
            throw ServiceFailure("can't open \(configuration.bucketsDirectory): \(describe(errno))")
        }
        let emptyRoot = clinux_detached_directory()
        let rootFailure = emptyRoot < 0 ? describe(errno) : ""
        var isPrepared = false
        defer {
            if !isPrepared { for descriptor in [buckets, emptyRoot] where descriptor >= 0 { close(descriptor) } }
        }
        let missing = SandboxProbe.missingLayers(emptyRoot: emptyRoot, rootFailure: rootFailure, buckets: buckets)
        for entry in missing {
            log(.warning, "confinement layer missing", ["layer": entry.layer.rawValue, "reason": entry.reason])
        }
        // Without this one no path is resolved at all.
        if let openat2 = missing.first(where: { $0.layer == .openat2 }) {
            throw ServiceFailure("openat2(2) is needed (Linux 5.6): \(openat2.reason)")
        }
        if configuration.sandboxStrict, let first = missing.first {
            throw ServiceFailure("sandbox is strict, but the layer \(first.layer.rawValue) is missing: \(first.reason)")
        }
        let layers = SandboxLayer.allCases.filter { layer in !missing.contains { $0.layer == layer } }
        let networks = try Self.networks(configuration.legacyNetworks)
        let rules = AccessRules(
            allow: try Self.networks(configuration.allowNetworks),
            block: try Self.networks(configuration.blockNetworks),
            trusted: try Self.networks(configuration.trustedNetworks))
        let proxyNetworks = try Self.networks(configuration.proxyNetworks)
        let hasLegacy = !networks.isEmpty || !configuration.legacyListen.isEmpty
        let directory = HostKeyDirectory(path: configuration.hostKeysDirectory)
        let places =
            [PrivatePlace(.directory, directory.path)] + directory.filePaths.map { PrivatePlace(.file, $0) }
        if let fault = PrivatePlace.fault(of: places) { throw ServiceFailure(fault) }
        do throws(SSHError) {
            let keys = try HostKeySet(directory: directory)
            for name in keys.filesPassedOver {
                log(
                    .warning, "host key passed over: only Ed25519, ECDSA and RSA keys are supported",
                    ["file": "\(configuration.hostKeysDirectory)/\(name)"])
            }
            let service = Self(
                server: try server(.modern, keys, configuration, root: emptyRoot < 0 ? buckets : emptyRoot),
                legacyServer: hasLegacy
                    ? try server(.legacy, keys, configuration, root: emptyRoot < 0 ? buckets : emptyRoot) : nil,
                legacyNetworks: networks, rules: rules,
                proxyNetworks: proxyNetworks,
                sandbox: Sandbox(layers: layers, emptyRoot: emptyRoot, buckets: buckets))
            isPrepared = true
            return service
        } catch {
            throw ServiceFailure("\(error)")
        }
    }

    private static func networks(_ texts: [String]) throws(ServiceFailure) -> [AddressNetwork] {
        var networks: [AddressNetwork] = []
        for text in texts {
            guard let network = AddressNetwork(text) else { throw ServiceFailure("not a network: \(text)") }
            networks.append(network)
        }
        return networks
    }

    /// A server that has served a client already.
    private static func server(
        _ algorithms: AlgorithmPolicy, _ keys: HostKeySet, _ configuration: DataPlaneConfiguration, root: CInt
    ) throws(SSHError) -> SSHServer {
        var options = SSHServer.Options()
        options.identification = configuration.identification
        options.algorithms = algorithms
        options.rekeyBytes = configuration.rekeyBytes
        options.rekeySeconds = configuration.rekeySeconds
        options.banner = configuration.banner
        let server = try SSHServer(options: options, hostKeys: keys)
        // The channel is served for real.
        let directory = ConfinedDirectory(descriptor: fcntl(root, F_DUPFD_CLOEXEC, 0))
        try server.warmUp(
            service: SFTPChannel(server: SFTPServer(root: directory, options: SFTPOptions())), requests: firstRequests)
        try server.prepare(descriptor: SessionStart.socketPlace)
        return server
    }

    /// What clients begin with: INIT and, of the root, REALPATH, STAT and OPENDIR.
    private static var firstRequests: [UInt8] {
        var requests = ByteQueue()
        requests.append(5 as UInt32)
        requests.append(PacketType.initialize.rawValue)
        requests.append(3 as UInt32)
        for type in [PacketType.realpath, .stat, .opendir] {
            requests.append(10 as UInt32)
            requests.append(type.rawValue)
            requests.append(0 as UInt32)
            requests.append(string: "/")
        }
        return [UInt8](requests.bytes)
    }
}
