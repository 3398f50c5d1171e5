import Audit
import CLinux
import Foundation
import Glibc
import Logging
import Registry
import SSHWire
import SessionControl
import Synchronization

/// The broker's thread: one event loop over the control link, the sessions' sockets and the mailbox. All its state
/// belongs to that thread.
final class BrokerLoop {
    let broker: SessionBroker
    let logger: Logger
    let poller: Poller
    let trail: any AuditTrail
    let metrics: BrokerMetrics

    /// The socket that listeners connect to, where somebody else starts them.
    var rendezvous: CInt = -1
    /// The listener, where the broker started it.
    var process: ListenerProcess?
    var link: SeqPacketSocket?
    var outgoing: [[UInt8]] = []

    var sessions: [SessionID: BrokeredSession] = [:]
    var sessionsByDescriptor: [CInt: SessionID] = [:]
    /// The sessions of those who are logged in.
    var sessionsOfUser: [String: Set<SessionID>] = [:]
    var loggedInSessions = 0

    /// Those who wait for sessions to end.
    var waitingForEnd: [EndOfSessions] = []
    /// Whether there is no session that this broker has not heard of.
    var knowsAllSessions = false
    /// Who was logged in when the link broke: the listener may not have heard all of the names.
    var grantedBefore: [SessionID: GrantedBefore] = [:]
    /// Sessions that were handed over while the registry did not answer, and when it is asked again.
    var uncheckedSessions: Set<SessionID> = []
    var recheckAt: Int64?
    /// Sessions that said too much and are not read for a while, and until when.
    var pausedSessions: Set<SessionID> = []
    var resumeAt: Int64?
    /// Logins whose day could not be noted yet.
    var unrecordedLogins: [String: CalendarDate] = [:]
    var retryRecordsAt: Int64?

    /// When to start the listener again, and how long to wait before the time after that.
    var restartAt: Int64?
    var restartDelay = BrokerLoop.restartDelayMin
    var startedAt: Int64 = 0

    /// What failed logins add up to, and whom they block.
    var loginGuard: LoginGuard
    var blockBook = BlockBook()
    let blockWriter: BlockWriter
    let nameKey = NameDigest.Key()
    /// Attempts whose answers wait, and when the first of them is given.
    var heldAnswers: [SessionID: HeldAnswer] = [:]
    var answerAt: Int64?
    /// When blocks that have ended are looked for, and those to be forgotten.
    var sweepAt: Int64?
    var forgetAt: Int64 = 0

    /// The version of the listener's messages.
    var listenerVersion: UInt8 = 0

    /// When the listener is asked next whether it is alive, and whether it still owes the answer to the last time.
    var pingAt: Int64?
    var isPingUnanswered = false

    var isStopping = false
    /// When waiting for the listener's end is given up.
    var stopDeadline: Int64?
    var isOver = false
    /// What the listener said it can't do, before it ever could.
    var fatal: ListenerProcess.Failure?
    var buffer = ByteQueue(capacity: SeqPacketSocket.messageLimit)

    init(broker: SessionBroker) throws {
        self.broker = broker
        logger = broker.logger
        poller = try Poller()
        trail = broker.audit
        metrics = BrokerMetrics(factory: broker.metrics)
        loginGuard = LoginGuard(blockAfterFailures: broker.options.protection.blockAfterFailures)
        blockWriter = BlockWriter(registry: broker.registry, logger: broker.logger)
        try poller.watch(broker.mailbox.descriptor, for: .readable)
        switch broker.options.dataPlane {
        case .spawned:
            restartAt = 0
            knowsAllSessions = true
        case .connecting(let path):
            rendezvous = clinux_seqpacket_listen(path)
            guard rendezvous >= 0 else {
                throw ListenerProcess.Failure(
                    description: "can't listen on \(path): \(String(cString: strerror(errno)))")
            }
            try poller.watch(rendezvous, for: .readable)
        }
        loadBlocks()
    }

    deinit {
        if rendezvous >= 0 { close(rendezvous) }
    }

    /// Runs until told to stop.
    func run() throws {
        defer {
            endWaits()
            blockWriter.finish()
        }
        while !isOver {
            let now = monotonicMilliseconds()
            performDue(now: now)
            let times = [
                restartAt, retryRecordsAt, pingAt, stopDeadline, answerAt, sweepAt, recheckAt, resumeAt,
                waitingForEnd.filter { $0.completion != nil }.map(\.deadline).min(),
            ]
            try poller.wait(milliseconds: times.compactMap(\.self).min().map { $0 - now }) { handle($0) }
            let figures = BrokerFigures(
                openSessions: sessions.count, loggedInSessions: loggedInSessions, blocks: blockBook.holdingCount)
            broker.state.withLock { $0.figures = figures }
        }
        if let fatal { throw fatal }
    }

    private func handle(_ ready: Poller.Ready) {
        if ready.descriptor == broker.mailbox.descriptor {
            for command in broker.mailbox.takeAll() { perform(command) }
            return
        }
        if ready.descriptor == rendezvous {
            meetListener()
        } else if ready.descriptor == link?.descriptor {
            handleLink(ready)
        } else if let id = sessionsByDescriptor[ready.descriptor] {
            handleSession(id)
        }
        // However many sessions have something to say: who waits for the end of a right does not wait for them.
        for command in broker.mailbox.takeWaiting() { perform(command) }
    }

    private func performDue(now: Int64) {
        if let restartAt, now >= restartAt { startListener(now: now) }
        if let retryRecordsAt, now >= retryRecordsAt { recordLogins() }
        if let answerAt, now >= answerAt { releaseAnswers(now: now) }
        if let sweepAt, now >= sweepAt { sweepBlocks(now: now) }
        if let pingAt, now >= pingAt { ping(now: now) }
        if let stopDeadline, now >= stopDeadline {
            logger.error("the listener does not end: it is killed")
            stopNow()
        }
        if let recheckAt, now >= recheckAt { checkRightsAgain() }
        if let resumeAt, now >= resumeAt { resumeSessions() }
        giveUpWaits(now: now)
    }

    private func endWaits() {
        for wait in waitingForEnd { wait.completion?(wait.hasFound) }
        waitingForEnd = []
    }

    private func perform(_ command: BrokerCommand) {
        switch command {
        case .endSessions(let selection, let reason, let completion):
            endSessions(selection, reason: reason) { _ in completion() }
        case .listSessions(let completion):
            completion(sessions.values.map(\.asOpen))
        case .endSession(let id, let reason, let completion):
            endSessions(.session(id), reason: reason, completion: completion)
        case .listBlocks(let completion):
            let present = blockBook.present(now: Date())
            blockWriter.afterwards { completion(present) }
        case .unblock(let source, let completion):
            unblock(source, completion: completion)
        case .stop:
            stop()
        case .stopNow:
            stopNow()
        }
    }

    /// Ends the listener, when it is ours, and its sessions with it.
    func stopNow() {
        if let process { kill(process.pid, SIGKILL) }
        reapListener()
        isOver = true
    }

    /// Lets the listener end, when it is ours; another's goes on without us, and so do its sessions.
    private func stop() {
        guard !isStopping else { return }
        isStopping = true
        restartAt = nil
        guard case .spawned = broker.options.dataPlane, link != nil else {
            isOver = true
            return
        }
        drainSessions()
        let grace = broker.options.configuration.shutdownGraceSeconds
        send(.shutdown(graceSeconds: grace))
        // The listener kills what is left when the time is over, and ends.
        stopDeadline = monotonicMilliseconds() + Int64(grace) * 1_000 + 2_000
    }

    /// Asks each session to end as soon as no file is open.
    func drainSessions() {
        for session in sessions.values { reply(.drain, to: session) }
    }

    /// Ends a session: it is told, and killed by the listener when it does not heed.
    func end(_ session: BrokeredSession, reason: String) {
        session.stage = .ending(username: session.username)
        if session.closingReason.isEmpty { session.closingReason = reason }
        reply(.end(reason: reason), to: session)
        send(.end(id: session.id))
    }

    /// Tells a session. One that does not read, or is gone, is the listener's to end.
    func reply(_ reply: SessionReply, to session: BrokeredSession, passing: CInt = -1) {
        reply.encode(into: &buffer)
        _ = try? session.socket.send(buffer, passing: passing)
    }
}
