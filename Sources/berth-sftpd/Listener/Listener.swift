import CLinux
import Glibc
import SSHTransport
import SSHWire
import SessionControl

/// Accepts connections, forks a session for each, and owns their deadlines. One thread, one event loop; it never waits
/// for the broker or for a session.
final class Listener {
    /// How the listener came to be.
    enum Supervision: Equatable {
        /// `berthd` started it and holds the other end of this socket: both end together.
        case spawned(control: CInt)
        /// systemd started it: it connects to the broker at this path, and again whenever the broker comes back.
        case standing(path: String)
    }

    let supervision: Supervision
    let program: ProgramFile
    let poller: Poller
    let signals: CInt
    var log = Log()

    var link: ControlLink?
    /// Whether the broker on this link has been told of all sessions.
    var brokerKnowsSessions = false
    /// When to try to connect next, by the monotonic clock in milliseconds.
    var reconnectAt: Int64?

    var configuration: DataPlaneConfiguration?
    /// What the present configuration was turned into.
    var service: Service?
    var sockets = ListeningSockets()

    var sessions: [SessionID: SessionEntry] = [:]
    var sessionsByProcess: [pid_t: SessionID] = [:]
    var sessionsByOutput: [CInt: SessionID] = [:]
    /// When sessions are killed: those of their entries, the earliest at hand.
    var deadlines = PriorityTable<SessionID, Lowest<Int64>>()
    /// Who is there and who may come.
    var admission = Admission<SessionID>()
    /// From where somebody logged in lately.
    var knownSources = KnownSources()
    /// Strangers who wait for a session, how fast they get one, and whose sessions ended without a login.
    var waiting = WaitingRoom()
    var entryPace = EntryPace()
    /// Descriptors that this process may have.
    var descriptorLimit = 0
    var wastefulSources = KnownSources()
    /// Connections of balancers whose headers are awaited.
    var proxied = ProxiedConnections()

    /// When connections are accepted again, after descriptors or memory ran short.
    var acceptAgainAt: Int64?

    /// Whom the broker has blocked, and what came of it.
    var blocks = BlockTable()
    /// Where sessions came from that died by a fault, or used up processor time.
    var faults = BlockTable(capacity: 4_096)
    var refusals = RefusalTally()

    /// When the program is executed anew, with all of this handed over.
    var succession = SuccessionPlan()
    /// When it is tried again to serve, after a program that took over could not.
    var serveAgainAt: Int64?

    /// Set when the listener was told to stop: it ends with its last session.
    var isStopping = false
    /// Set when there is nothing left to do: the exit status.
    var exitStatus: CInt?

    /// What every session is forked with.
    struct Service {
        let server: SSHServer
        /// What clients with old algorithms are served by, where some are expected.
        let legacyServer: SSHServer?
        let legacyNetworks: [AddressNetwork]
        /// Who may connect at all.
        let rules: AccessRules
        /// Where balancers are that say who the client is.
        let proxyNetworks: [AddressNetwork]
        let sandbox: Sandbox

        /// What serves a client: known before its name is.
        ///
        /// - Parameter isLegacySocket: whether it arrived where old algorithms are offered to everybody.
        func server(for peer: PeerAddress, isLegacySocket: Bool) -> SSHServer {
            guard let legacyServer else { return server }
            let isExpected = peer.address.map { address in legacyNetworks.contains { $0.contains(address) } } ?? false
            return isLegacySocket || isExpected ? legacyServer : server
        }
    }

    /// - Parameter table: what an earlier image of the program left, where this one takes its place.
    init(supervision: Supervision, program: ProgramFile, table: ListenerTable? = nil) throws(ControlError) {
        self.supervision = supervision
        self.program = program
        poller = try Poller()
        // Once, for all sessions too: their children inherit it.
        clinux_signals_reset()
        let handled = [SIGCHLD, SIGTERM, SIGINT, SIGHUP]
        signals = clinux_signals_create(handled, CInt(handled.count))
        guard signals >= 0 else { throw .system(call: "signalfd", errno: errno) }
        try poller.watch(signals, for: .readable)
        descriptorLimit = Int(clamping: clinux_raise_descriptor_limit())
        if let table {
            takeOver(table)
            return
        }
        switch supervision {
        case .spawned(let control): adopt(SeqPacketSocket(owning: control))
        case .standing:
            sockets.adoptFromSystemd()
            reconnectAt = 0
        }
    }

    /// Serves until there is nothing left to do; the exit status.
    func run() -> CInt {
        while true {
            if let exitStatus { return exitStatus }
            let now = monotonicMilliseconds()
            killOverdue(now: now)
            if let reconnectAt, now >= reconnectAt { connect(now: now) }
            if let acceptAgainAt, now >= acceptAgainAt { resumeAccepting() }
            if let serveAgainAt, now >= serveAgainAt { serveAsBefore(now: now) }
            succeedWhenDue(now: now)
            giveUpOverdueHeaders(now: now)
            serveWaiting(now: now)
            logRefusals(now: now)
            let times = [
                deadlines.first?.priority.value, proxied.nextDeadline, reconnectAt, acceptAgainAt, refusals.dueAt,
                serveAgainAt, succession.nextTime, waitingDueAt,
            ]
            let next = times.compactMap(\.self).min()
            do {
                try poller.wait(milliseconds: next.map { $0 - now }) { handle($0) }
            } catch {
                log(.error, "polling failed", ["error": "\(error)"])
                return 1
            }
        }
    }

    private func handle(_ ready: Poller.Ready) {
        if ready.descriptor == signals {
            handleSignals()
        } else if ready.descriptor == link?.descriptor {
            handleLink(ready)
        } else if let id = sessionsByOutput[ready.descriptor] {
            readOutput(of: id)
        } else if proxied[ready.descriptor] != nil {
            readHeader(of: ready.descriptor)
        } else if waiting[ready.descriptor] != nil {
            lookAtGuest(ready.descriptor)
        } else if sockets.descriptors.contains(ready.descriptor) {
            accept(from: ready.descriptor)
        }
    }

    private func handleSignals() {
        while true {
            switch clinux_signals_next(signals) {
            case 0: return
            case SIGCHLD: reapSessions()
            case SIGHUP:
                if isStopping { log(.info, "stopping: SIGHUP means nothing now") } else { askForUpgrade() }
            default:
                if isStopping {
                    log(.info, "told to stop again: ending now", ["sessions": "\(sessions.count)"])
                    exitStatus = 0
                } else {
                    report(.stopping)
                    stop(graceSeconds: configuration?.shutdownGraceSeconds ?? 0)
                }
            }
        }
    }

    /// Accepts no more connections, and ends with the last session or when the time is over.
    func stop(graceSeconds: UInt32) {
        isStopping = true
        dismissAll()
        if let trial = succession.cancel() { kill(trial.pid, SIGKILL) }
        _ = clinux_notify("STOPPING=1")
        for descriptor in sockets.descriptors { poller.forget(descriptor) }
        sockets.closeAll()
        for connection in proxied.all { giveUp(connection, isCounted: false) }
        log(.info, "stopping", ["sessions": "\(sessions.count)", "grace": "\(graceSeconds)s"])
        let deadline = monotonicMilliseconds() + Int64(graceSeconds) * 1_000
        for id in sessions.keys { setDeadline(of: id, to: deadline, cause: .serviceStopped) }
        if sessions.isEmpty { exitStatus = 0 }
    }
}
