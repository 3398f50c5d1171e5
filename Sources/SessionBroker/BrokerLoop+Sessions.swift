import Audit
import BucketStore
import Foundation
import Glibc
import Logging
import Metrics
import Registry
import SSHWire
import SessionControl

// Sessions: logins, what they report, and their end.
extension BrokerLoop {
    /// Messages that are taken from one session before the others get their turn.
    static let messagesPerTurn = 32
    /// As many as a socket's buffer holds, with room: what a session said before its end.
    private static let messagesAtEnd = 1_024

    /// What was known of a session that was logged in when the link broke.
    struct GrantedBefore {
        let username: String
        let usesWeakAlgorithms: Bool
        let bytesIn: UInt64
        let bytesOut: UInt64
        let failures: [OperationFailures.Kind: UInt64]
    }

    /// A session begins, or comes back with the listener's table.
    func adopt(_ record: SessionRecord, descriptor: CInt) {
        guard descriptor >= 0 else {
            logger.error("a session came without its socket: are descriptors short?")
            return send(.end(id: record.id))
        }
        // The listener tells of a session twice when it connects while one arrives.
        guard sessions[record.id] == nil else {
            close(descriptor)
            return
        }
        let options = broker.options
        let session = BrokeredSession(
            record: record, descriptor: descriptor,
            attemptsMax: Int(options.configuration.maxAuthenticationAttempts), rate: options.messageRate,
            now: monotonicMilliseconds())
        sessions[record.id] = session
        sessionsByDescriptor[descriptor] = record.id
        do { try poller.watch(descriptor, for: .readable) } catch {
            logger.error("can't watch a session", metadata: ["session": "\(record.id)", "reason": "\(error)"])
        }
        let before = grantedBefore[record.id]
        if let before {
            session.resume(bytesIn: before.bytesIn, bytesOut: before.bytesOut, failures: before.failures)
        }
        if let before, session.username == nil {
            session.stage = .granted(username: before.username)
            session.usesWeakAlgorithms = before.usesWeakAlgorithms
            send(
                .named(id: record.id, username: before.username, usesWeakAlgorithms: before.usesWeakAlgorithms))
        }
        guard let username = session.username else { return metrics.sessions.increment() }
        count(session)
        logger.info("session adopted", metadata: metadata(of: session, ["user": "\(username)"]))
        audit(.sessionAdopted, .done, of: session)
        // Its right may have ended while the broker was away.
        checkRight(of: session)
    }

    /// Takes what a session says, up to a number of messages.
    func handleSession(_ id: SessionID, messagesMax: Int = messagesPerTurn) {
        guard let session = sessions[id] else { return }
        let now = monotonicMilliseconds()
        do {
            for _ in 0..<messagesMax {
                guard !session.isBroken else { return }
                if messagesMax <= Self.messagesPerTurn, session.allowance.isUsedUp(now: now) {
                    return pause(session, now: now)
                }
                switch try session.socket.receive(into: &buffer) {
                case .nothing: return
                case .closed:
                    // Its end is told by the listener.
                    return poller.forget(session.socket.descriptor)
                case .message:
                    session.allowance.take(bytes: buffer.count, now: now)
                    let isFirst = session.version == 0
                    session.version = SessionRequest.senderVersion(of: buffer)
                    let request = Result { try SessionRequest(decoding: buffer) }
                    // It may have been a password.
                    buffer.wipe()
                    // One of before a restart may have been told of another part.
                    if isFirst { sendLimits(to: session) }
                    perform(session.receive(try request.get()), for: session)
                }
            }
        } catch {
            session.breakOff()
            perform(.violation("\(error)"), for: session)
        }
    }

    /// Does not read what the session says for a while: it waits then, and what it can't keep it drops.
    private func pause(_ session: BrokeredSession, now: Int64) {
        poller.forget(session.socket.descriptor)
        pausedSessions.insert(session.id)
        resumeAt = resumeAt ?? now + MessageAllowance.pauseMilliseconds
        guard !session.isSlowedDown else { return }
        session.isSlowedDown = true
        logger.warning(
            "a session reports more than is taken at once: it is read slowly",
            metadata: metadata(of: session, ["user": "\(session.username ?? "")"]))
    }

    /// Reads again what was not read for a while.
    func resumeSessions() {
        resumeAt = nil
        let paused = pausedSessions
        pausedSessions = []
        for id in paused {
            guard let session = sessions[id], !session.isBroken else { continue }
            try? poller.watch(session.socket.descriptor, for: .readable)
        }
    }

    func perform(_ action: BrokeredSession.Action, for session: BrokeredSession) {
        switch action {
        case .note:
            let (received, sent) = session.takeTraffic()
            metrics.count(received: received, sent: sent)
            for failures in session.takeFailures() { metrics.count(failures) }
        case .authenticate(let request): authenticate(request, for: session)
        case .fileEvent(let event):
            log(event, of: session)
            audit(event, of: session)
            metrics.count(event)
        case .violation(let what):
            logger.error("session broke the rules: it is ended", metadata: metadata(of: session, ["what": "\(what)"]))
            audit(.sessionViolation, .denied, of: session, [.init("what", what)])
            poller.forget(session.socket.descriptor)
            end(session, reason: "internal error")
        }
    }

    /// A session's process is gone.
    func sessionEnded(_ end: SessionEnd) {
        // Also of a session that was never told of: it ended before there was room for that.
        switch end.block {
        case .fault: metrics.count(.fault)
        case .processorTime: metrics.count(.processorTime)
        case nil: break
        }
        // What it said last may still be unread: all that its socket's buffer holds.
        handleSession(end.id, messagesMax: Self.messagesAtEnd)
        guard let session = sessions.removeValue(forKey: end.id) else { return }
        heldAnswers[end.id] = nil
        discount(session)
        poller.forget(session.socket.descriptor)
        sessionsByDescriptor[session.socket.descriptor] = nil
        let seconds = max(0, Date().timeIntervalSince1970 - Double(session.record.sinceSeconds))
        let reason = reason(for: end, of: session)
        var details: Logger.Metadata = [
            "reason": "\(reason)", "bytes_in": "\(session.bytesIn)",
            "bytes_out": "\(session.bytesOut)", "seconds": "\(Int(seconds))",
        ]
        if let username = session.username { details["user"] = "\(username)" }
        if end.signal != 0, end.cause.isEmpty { details["signal"] = "\(end.signal)" }
        // Scanners that connect and leave would fill the log.
        let isNoise = session.username == nil && end.cause.isEmpty && session.closingReason == "client left"
        logger.log(level: isNoise ? .debug : .info, "session ended", metadata: metadata(of: session, details))
        auditEnd(of: session, reason: reason, signal: end.cause.isEmpty ? end.signal : 0)
        uncheckedSessions.remove(end.id)
        pausedSessions.remove(end.id)
        noteEnd(of: end.id)
    }

    private func reason(for end: SessionEnd, of session: BrokeredSession) -> String {
        if !session.closingReason.isEmpty { return session.closingReason }
        if !end.cause.isEmpty { return end.cause }
        if end.signal == UInt32(SIGPROF) { return "took too much processor time in one step" }
        if end.signal == UInt32(SIGSYS) { return "made a system call that no session makes" }
        return end.signal != 0 ? "died" : "connection closed"
    }

    private func log(_ event: FileEventMessage, of session: BrokeredSession) {
        var details: Logger.Metadata = [
            "user": "\(session.username ?? "")", "path": "\(BrokeredSession.escaped(event.path))",
        ]
        if !event.otherPath.isEmpty { details["to"] = "\(BrokeredSession.escaped(event.otherPath))" }
        if event.kind == .written || event.kind == .read { details["bytes"] = "\(event.sizeBytes)" }
        logger.info("\(event.kind.name)", metadata: metadata(of: session, details))
    }

    func metadata(of session: BrokeredSession, _ details: Logger.Metadata) -> Logger.Metadata {
        var all = details
        all["session"] = "\(session.id)"
        all["address"] = "\(session.record.address)"
        if !session.client.isEmpty { all["client"] = "\(session.client)" }
        return all
    }
}

extension FileEventMessage.Kind {
    /// The event's name in the log.
    var name: String {
        switch self {
        case .written: "file written"
        case .read: "file read"
        case .renamed: "file renamed"
        case .removed: "file removed"
        case .directoryMade: "directory made"
        case .directoryRemoved: "directory removed"
        case .symbolicLinkMade: "symbolic link made"
        case .hardLinkMade: "hard link made"
        case .attributesChanged: "attributes changed"
        }
    }
}
