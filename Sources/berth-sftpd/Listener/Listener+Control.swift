import CLinux
import CMemory
import Glibc
import SSHTransport
import SessionControl

// The link to the broker.
extension Listener {
    /// Milliseconds between two attempts to reach the broker.
    private static let reconnectInterval: Int64 = 200

    func connect(now: Int64) {
        guard case .standing(let path) = supervision else { return }
        do {
            let socket = try SeqPacketSocket(connectingTo: path)
            reconnectAt = nil
            adopt(socket)
        } catch {
            if reconnectAt == 0 { log(.warning, "the broker is away", ["path": path, "error": "\(error)"]) }
            reconnectAt = now + Self.reconnectInterval
        }
    }

    /// Speaks to the broker over `socket` from now on.
    func adopt(_ socket: consuming SeqPacketSocket) {
        let descriptor = socket.descriptor
        link = ControlLink(socket)
        brokerKnowsSessions = false
        do { try poller.watch(descriptor, for: .readable) } catch { dropLink("\(error)") }
        report(.hello(pid: getpid()))
    }

    /// The broker is gone. Sessions that are logged in go on where systemd looks after both of us.
    private func dropLink(_ reason: String) {
        guard let descriptor = link?.descriptor else { return }
        poller.forget(descriptor)
        link = nil
        switch supervision {
        case .spawned:
            log(.info, "the broker is gone: ending", ["reason": reason, "sessions": "\(sessions.count)"])
            exitStatus = 0
        case .standing:
            log(.warning, "the broker is gone: sessions go on, logins wait", ["reason": reason])
            reconnectAt = monotonicMilliseconds() + Self.reconnectInterval
        }
    }

    /// Tells the broker; what it misses while it is away it learns from the records of open sessions when it is back.
    func report(_ report: ListenerReport, for session: SessionID? = nil) {
        guard link != nil else { return }
        do {
            try link?.send(report, for: session) { sessions[$0]?.brokerEnd }
            try watchLink()
        } catch { dropLink("\(error)") }
    }

    private func watchLink() throws(ControlError) {
        guard let descriptor = link?.descriptor, let isCongested = link?.isCongested else { return }
        try poller.watch(descriptor, for: isCongested ? [.readable, .writable] : .readable)
    }

    func handleLink(_ ready: Poller.Ready) {
        do {
            if ready.isWritable {
                try link?.flush { sessions[$0]?.brokerEnd }
                try watchLink()
            }
            while ready.isReadable, let command = try link?.receive() { perform(command) }
        } catch { dropLink("\(error)") }
    }

    private func perform(_ command: ListenerCommand) {
        switch command {
        case .configure(let configuration): configure(configuration)
        case .named(let id, let username, let usesWeakAlgorithms):
            guard let source = sessions[id]?.peer.source else { return }
            sessions[id]?.username = username
            sessions[id]?.usesWeakAlgorithms = usesWeakAlgorithms
            admission.logIn(id)
            knownSources.insert(source)
            wastefulSources.remove(source)
            clearLoginGrace(of: id)
        case .end(let id):
            setDeadline(of: id, to: monotonicMilliseconds() + Self.endGraceMilliseconds, cause: .endedByBroker)
        case .shutdown(let graceSeconds):
            if !isStopping { stop(graceSeconds: graceSeconds) }
        case .ping:
            report(.alive)
        case .blocks(let changes):
            blocks.apply(changes, now: monotonicMilliseconds())
        case .knownSources(let sources):
            for source in sources { knownSources.insert(source) }
        }
    }

    /// Serves as the broker says, and tells it that we do.
    private func configure(_ wanted: DataPlaneConfiguration) {
        guard !isStopping else { return }
        log.writesDebug = wanted.logsDebug
        // Those that hold come next.
        blocks.removeAll()
        // To a broker that is back; at the start there are none. Those that are logged in come first: it counts them before
        // it decides about others.
        if !brokerKnowsSessions {
            let (known, others) = (sessions.filter { !$1.username.isEmpty }, sessions.filter { $1.username.isEmpty })
            for (id, entry) in known { report(.session(entry.record), for: id) }
            for (id, entry) in others { report(.session(entry.record), for: id) }
            brokerKnowsSessions = link != nil
        }
        do {
            if service == nil || wanted != configuration {
                try apply(wanted)
                configuration = wanted
            }
        } catch {
            let message = error.description
            log(.error, "can't serve", ["reason": message])
            report(.failed(message: message))
            // Whoever started it starts it again, later and later. One that serves goes on as it was told before, and one
            // that took sessions over does not end them.
            if service == nil, serveAgainAt == nil { exitStatus = 1 }
            return
        }
        announce()
    }

    /// Tells the broker, the log and the service manager what is served.
    func announce() {
        guard let service else { return }
        let keys = service.server.hostKeys.keys.map { "\($0.typeName) \($0.fingerprint)" }
        let layers = service.sandbox.layers.map(\.rawValue)
        let addresses = sockets.addresses
        log(
            .info, "listening",
            [
                "plane": "sftp", "addresses": addresses.joined(separator: ","), "layers": layers.joined(separator: ","),
                "libssh": SSHServer.libraryVersion, "keys": keys.joined(separator: ", "),
            ])
        report(
            .ready(
                DataPlaneStatus(
                    addresses: addresses, layers: layers, libsshVersion: SSHServer.libraryVersion, fingerprints: keys)))
        _ = clinux_notify("READY=1")
    }

    /// Turns a configuration into a warm server, a sandbox and listening sockets.
    func apply(_ wanted: DataPlaneConfiguration) throws(ServiceFailure) {
        let service = try Service.prepare(wanted, log: log)
        do throws(ServiceFailure) {
            try open(as: wanted)
        } catch {
            service.sandbox.closeDirectories()
            throw error
        }
        self.service?.sandbox.closeDirectories()
        self.service = service
        // When what it replaces is freed.
        cmemory_settle()
        Glibc.umask(mode_t(wanted.umask & 0o777))
    }

    /// Opens the sockets and has connections reported.
    private func open(as wanted: DataPlaneConfiguration) throws(ServiceFailure) {
        do throws(ListeningSockets.Failure) {
            try listen(as: wanted)
        } catch {
            throw ServiceFailure("can't listen on \(error.address): \(error.reason)")
        }
        do throws(ControlError) {
            for descriptor in sockets.descriptors { try poller.watch(descriptor, for: .readable) }
        } catch {
            throw ServiceFailure("can't poll: \(error)")
        }
    }

    /// Opens the sockets; on failure those that were open before are open again, as far as they can be.
    private func listen(as wanted: DataPlaneConfiguration) throws(ListeningSockets.Failure) {
        if sockets.areFromSystemd {
            for address in sockets.markLegacy(wanted.legacyListen) {
                log(.warning, "no socket of systemd's has this address of sftp.legacy_listen", ["address": address])
            }
            return
        }
        let isSame = wanted.listen == configuration?.listen && wanted.legacyListen == configuration?.legacyListen
        guard sockets.descriptors.isEmpty || !isSame else { return }
        for descriptor in sockets.descriptors { poller.forget(descriptor) }
        sockets.closeAll()
        do throws(ListeningSockets.Failure) {
            try sockets.open(wanted.listen, legacy: wanted.legacyListen)
        } catch {
            if let configuration { try? sockets.open(configuration.listen, legacy: configuration.legacyListen) }
            for descriptor in sockets.descriptors { try? poller.watch(descriptor, for: .readable) }
            throw error
        }
    }
}
