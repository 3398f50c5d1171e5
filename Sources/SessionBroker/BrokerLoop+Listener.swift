import CLinux
import Foundation
import Glibc
import Logging
import SSHWire
import SessionControl

// The listener: starting it, meeting it, and what it reports.
extension BrokerLoop {
    /// Milliseconds before a dead listener is started again: the first time, and at most. The delay doubles in between.
    static let restartDelayMin: Int64 = 200
    static let restartDelayMax: Int64 = 30_000
    /// Milliseconds that a listener must have lived for the delay to begin anew.
    static let restartDelayReset: Int64 = 60_000
    /// Milliseconds between two questions whether the listener is alive, and so the time to answer.
    private static let pingInterval: Int64 = 3_000
    /// Messages that wait for a listener that does not read, before it is given up.
    private static let outgoingLimit = 4_096

    func startListener(now: Int64) {
        restartAt = nil
        guard case .spawned(let executable) = broker.options.dataPlane else { return }
        do {
            let process = try ListenerProcess.start(executable)
            self.process = process
            startedAt = now
            adopt(SeqPacketSocket(owning: process.control))
            logger.debug("listener started", metadata: ["pid": "\(process.pid)"])
        } catch {
            broker.update(status: nil, problem: "\(error)")
            logger.error("can't start the listener", metadata: ["reason": "\(error)"])
            restartLater(now: now)
        }
    }

    private func restartLater(now: Int64) {
        if now - startedAt > Self.restartDelayReset { restartDelay = Self.restartDelayMin }
        restartAt = now + restartDelay
        restartDelay = min(restartDelay * 2, Self.restartDelayMax)
    }

    /// Accepts a listener that connects. It must be run by our user or by root; a second one takes the place of the first.
    func meetListener() {
        let socket = accept(rendezvous, nil, nil)
        guard socket >= 0 else { return }
        var uid = uid_t.max
        guard clinux_peer_uid(socket, &uid) == 0, uid == geteuid() || uid == 0 else {
            close(socket)
            return logger.error("a stranger tried to be the listener", metadata: ["uid": "\(uid)"])
        }
        if link != nil { dropLink("another listener connected") }
        adopt(SeqPacketSocket(owning: socket))
    }

    private func adopt(_ socket: consuming SeqPacketSocket) {
        let descriptor = socket.descriptor
        link = consume socket
        outgoing = []
        do { try poller.watch(descriptor, for: .readable) } catch { dropLink("\(error)") }
    }

    /// The link broke. Sessions whose listener lives are handed over again when it is back.
    func dropLink(_ reason: String) {
        guard let descriptor = link?.descriptor else { return }
        poller.forget(descriptor)
        link = nil
        pingAt = nil
        outgoing = []
        for session in sessions.values { poller.forget(session.socket.descriptor) }
        let lost = sessions
        sessions = [:]
        sessionsByDescriptor = [:]
        sessionsOfUser = [:]
        loggedInSessions = 0
        heldAnswers = [:]
        answerAt = nil
        uncheckedSessions = []
        for (id, session) in lost {
            guard case .granted(let username) = session.stage else { continue }
            grantedBefore[id] = GrantedBefore(
                username: username, usesWeakAlgorithms: session.usesWeakAlgorithms, bytesIn: session.bytesIn,
                bytesOut: session.bytesOut, failures: session.failures)
        }
        broker.update(status: nil, problem: "the SFTP listener is away: \(reason)")
        guard process != nil else {
            lostAllSessions()
            return logger.warning("listener left", metadata: ["reason": "\(reason)", "sessions": "\(lost.count)"])
        }
        reapListener()
        for session in lost.values { auditEnd(of: session, reason: "the listener ended") }
        grantedBefore = [:]
        lostAllSessions()
        guard !isStopping else {
            isOver = true
            return
        }
        restartLater(now: monotonicMilliseconds())
        logger.error(
            "listener died: it is started again",
            metadata: [
                "reason": "\(reason)", "sessions": "\(lost.count)",
                "delay": "\((restartAt ?? 0) - monotonicMilliseconds())ms",
            ])
    }

    /// Waits for the process that closed its link: it has nothing left to do. Its sessions die with it.
    func reapListener() {
        guard let process else { return }
        self.process = nil
        kill(process.pid, SIGKILL)
        var status: CInt = 0
        while waitpid(process.pid, &status, 0) < 0, errno == EINTR {}
    }

    /// Asks the listener whether it is alive. One that has not answered since the last time does not serve anybody.
    func ping(now: Int64) {
        pingAt = now + Self.pingInterval
        // Its answer may be there already, unread.
        handleLink(Poller.Ready(descriptor: link?.descriptor ?? -1, isReadable: true, isWritable: false))
        if isPingUnanswered { return broker.update(problem: "the SFTP listener does not answer") }
        isPingUnanswered = true
        send(.ping)
    }

    /// Hands a command to the kernel now or not at all; false when it can't be taken.
    func sendNow(_ command: ListenerCommand) -> Bool {
        guard link != nil, outgoing.isEmpty else { return false }
        command.encode(into: &buffer)
        do {
            return try link?.send(buffer) == true
        } catch {
            dropLink("\(error)")
            return false
        }
    }

    func send(_ command: ListenerCommand) {
        guard link != nil else { return }
        command.encode(into: &buffer)
        do {
            if outgoing.isEmpty, try link?.send(buffer) == true { return }
            guard outgoing.count < Self.outgoingLimit else { return dropLink("it does not read its messages") }
            outgoing.append([UInt8](buffer.bytes))
            if let descriptor = link?.descriptor { try poller.watch(descriptor, for: [.readable, .writable]) }
        } catch { dropLink("\(error)") }
    }

    func handleLink(_ ready: Poller.Ready) {
        do {
            if ready.isWritable { try flushLink() }
            while ready.isReadable, let report = try receiveReport() {
                perform(report.message, passed: report.descriptor)
            }
        } catch { dropLink("\(error)") }
    }

    private func flushLink() throws {
        while let next = outgoing.first {
            buffer.consume(buffer.count)
            buffer.append(raw: next.span.bytes)
            guard try link?.send(buffer) == true else { return }
            outgoing.removeFirst()
        }
        if let descriptor = link?.descriptor { try poller.watch(descriptor, for: .readable) }
    }

    private func receiveReport() throws -> (message: ListenerReport, descriptor: CInt)? {
        var passed: CInt = -1
        guard let arrival = try link?.receive(into: &buffer, passed: &passed) else { return nil }
        switch arrival {
        case .nothing: return nil
        case .closed: throw ControlError.system(call: "recvmsg", errno: ECONNRESET)
        case .message:
            listenerVersion = ListenerReport.senderVersion(of: buffer)
            do {
                return (try ListenerReport(decoding: buffer), passed)
            } catch {
                if passed >= 0 { close(passed) }
                throw error
            }
        }
    }

    private func perform(_ report: ListenerReport, passed: CInt) {
        if case .session(let record) = report { return adopt(record, descriptor: passed) }
        if passed >= 0 { close(passed) }
        switch report {
        case .hello(let pid):
            logger.debug("listener connected", metadata: ["pid": "\(pid)"])
            send(.configure(broker.options.configuration))
            sendBlocks()
            sendKnownSources()
        case .ready(let status):
            broker.update(status: status)
            learnedAllSessions()
            isPingUnanswered = false
            pingAt = monotonicMilliseconds() + Self.pingInterval
        case .alive:
            isPingUnanswered = false
            broker.update(problem: nil)
        case .failed(let message):
            let isFirst = !broker.isReady && startedAt != 0 && restartDelay == Self.restartDelayMin
            broker.update(status: nil, problem: message)
            learnedAllSessions()
            // A configuration that can't work is the operator's to mend: better not to start than to pretend.
            if isFirst {
                fatal = ListenerProcess.Failure(description: message)
                stopNow()
            }
        case .stopping:
            drainSessions()
        case .ended(let end):
            sessionEnded(end)
        case .session:
            break
        }
    }
}
