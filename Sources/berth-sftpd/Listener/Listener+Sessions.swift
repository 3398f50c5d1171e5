import CLinux
import Glibc
import SessionControl

// The table of sessions.
extension Listener {
    /// Milliseconds that a session has to end after the broker said so.
    static let endGraceMilliseconds: Int64 = 300
    /// Connections that are accepted in a row before the other descriptors get their turn.
    private static let acceptBatch = 32
    /// The longest line of a session's output in bytes.
    private static let outputLineLimit = 1_024
    /// Lines of a session's output that are logged.
    private static let outputLinesLimit = 100
    /// Milliseconds without accepting once descriptors or memory are short.
    private static let acceptPause: Int64 = 100

    func accept(from listening: CInt) {
        for _ in 0..<Self.acceptBatch {
            guard service != nil, !isStopping else { return }
            var storage = sockaddr_storage()
            let socket = clinux_accept(listening, &storage)
            if socket < 0 {
                if errno == EINTR || errno == ECONNABORTED { continue }
                if errno != EAGAIN { acceptFailed(describe(errno)) }
                return
            }
            take(socket, from: PeerAddress(storage), isLegacySocket: sockets.isLegacy(listening))
        }
    }

    /// The connection that could not be accepted stays in the kernel's queue, and would be reported again at once.
    private func acceptFailed(_ reason: String) {
        log(.error, "accept failed", ["error": reason])
        pauseAccepting()
    }

    /// Connections wait in the kernel's queue until then.
    func pauseAccepting() {
        for descriptor in sockets.descriptors { poller.forget(descriptor) }
        acceptAgainAt = monotonicMilliseconds() + Self.acceptPause
    }

    func resumeAccepting() {
        guard !succession.isExhausted else {
            acceptAgainAt = monotonicMilliseconds() + Self.acceptPause
            return
        }
        acceptAgainAt = nil
        for descriptor in sockets.descriptors { try? poller.watch(descriptor, for: .readable) }
    }

    /// Starts a session for a connection, when there is room.
    func admit(_ socket: CInt, from peer: PeerAddress, isLegacySocket: Bool) {
        guard let configuration else { return }
        let limits = Admission<SessionID>.Limits(
            sessions: Int(configuration.maxSessions), sessionsPerSource: Int(configuration.maxSessionsPerAddress),
            unauthenticated: Int(configuration.maxUnauthenticated))
        let isKnown = knownSources.contains(peer.source)
        var decision = admission.decide(source: peer.source, isKnown: isKnown, limits: limits)
        if case .admitInPlaceOf = decision, let descriptor = link?.descriptor {
            // Who has just logged in makes no room, and the broker's word of it may wait to be read.
            handleLink(Poller.Ready(descriptor: descriptor, isReadable: true, isWritable: false))
            decision = admission.decide(source: peer.source, isKnown: isKnown, limits: limits)
        }
        switch decision {
        case .refuse(let reason):
            log(.warning, "connection refused", ["address": peer.text, "reason": reason])
            // Lines before the identification string are allowed (RFC 4253 section 4.2), and clients show them.
            let line = "Not allowed at this time: \(reason)\r\n"
            _ = clinux_send_bytes(socket, line, line.utf8.count)
            return
        case .admitInPlaceOf(let victim):
            // One that is being killed already makes no more room.
            admission.remove(victim)
            setDeadline(of: victim, to: monotonicMilliseconds(), cause: .evicted)
        case .admit:
            break
        }
        startSession(socket, from: peer, isKnown: isKnown, isLegacySocket: isLegacySocket)
    }

    private func startSession(_ socket: CInt, from peer: PeerAddress, isKnown: Bool, isLegacySocket: Bool) {
        guard let service, let configuration else { return }
        let id = SessionID.random()
        var output: [CInt] = [-1, -1]
        guard clinux_pipe(&output) == 0 else {
            return log(.error, "can't start a session", ["step": "pipe", "error": describe(errno)])
        }
        defer { close(output[1]) }
        let pair: (broker: CInt, session: CInt)
        do {
            pair = try SeqPacketSocket.pair()
        } catch {
            close(output[0])
            return log(.error, "can't start a session", ["step": "pair", "error": "\(error)"])
        }
        defer { close(pair.session) }
        let parent = getpid()
        let pid = clinux_fork()
        if pid == 0 {
            let server = service.server(for: peer, isLegacySocket: isLegacySocket)
            forgetOthers()
            SessionStart(
                id: id, peer: peer, parent: parent, socket: socket, control: pair.session, output: output[1],
                sandbox: service.sandbox, server: server, configuration: configuration
            ).run()
        }
        guard pid > 0 else {
            close(output[0])
            close(pair.broker)
            return log(.error, "can't start a session", ["step": "fork", "error": describe(errno)])
        }
        let now = monotonicMilliseconds()
        sessions[id] = SessionEntry(
            id: id, pid: pid, peer: peer, acceptedAt: now, sinceSeconds: UInt64(clamping: time(nil)),
            brokerEnd: pair.broker, output: output[0])
        admission.add(id, source: peer.source, isKnown: isKnown)
        sessionsByProcess[pid] = id
        sessionsByOutput[output[0]] = id
        do { try poller.watch(output[0], for: .readable) } catch {
            log(.error, "can't watch a session's output", ["session": "\(id)", "error": "\(error)"])
        }
        // One second more than the session gives its client: a session in good order ends by itself, with a message.
        let grace = Int64(configuration.loginGraceSeconds) * 1_000 + 1_000
        setDeadline(of: id, to: now + grace, cause: .loginGrace)
        log(.debug, "connection accepted", ["session": "\(id)", "address": peer.text, "pid": "\(pid)"])
        // A broker that does not know the others yet is told of all of them at once, of none twice.
        if brokerKnowsSessions, let record = sessions[id]?.record { report(.session(record), for: id) }
    }

    /// In a session's process: what it has inherited of others, their names and addresses, is overwritten. Tables of many
    /// entries are pages of their own, which the kernel takes back without a look.
    private func forgetOthers() {
        link = nil
        (sessions, sessionsByProcess, sessionsByOutput) = ([:], [:], [:])
        (deadlines, admission) = (PriorityTable(), Admission())
        (knownSources, wastefulSources) = (KnownSources(), KnownSources())
        (waiting, proxied) = (WaitingRoom(), ProxiedConnections())
        (blocks, faults) = (BlockTable(), BlockTable())
    }

    /// Kills the session then, unless it has ended or has an earlier deadline.
    func setDeadline(of id: SessionID, to deadline: Int64, cause: SessionEntry.Cause) {
        guard let entry = sessions[id] else { return }
        if let present = entry.deadline, present <= deadline { return }
        schedule(id, at: deadline)
        sessions[id]?.cause = cause
    }

    /// Notes when a session is killed, or that it is not.
    func schedule(_ id: SessionID, at deadline: Int64?) {
        sessions[id]?.deadline = deadline
        deadlines[id] = deadline.map { Lowest($0) }
    }

    /// The session has logged in: its time to do so is no longer counted, and it makes no room for others any more.
    func clearLoginGrace(of id: SessionID) {
        guard let entry = sessions[id], !entry.wasKilled, [.loginGrace, .evicted].contains(entry.cause) else { return }
        schedule(id, at: nil)
        sessions[id]?.cause = .loginGrace
        // One that was chosen a moment ago to make room is counted again.
        admission.add(id, source: entry.peer.source, isKnown: true, hasLoggedIn: true)
    }

    func killOverdue(now: Int64) {
        while let (id, deadline) = deadlines.first, deadline.value <= now {
            // Its end is told by SIGCHLD; until then it is not looked at again.
            schedule(id, at: nil)
            guard let pid = sessions[id]?.pid else { continue }
            kill(pid, SIGKILL)
            sessions[id]?.wasKilled = true
        }
    }

    /// Takes ended sessions off the table.
    func reapSessions() {
        while true {
            var status: CInt = 0
            let pid = waitpid(-1, &status, WNOHANG)
            guard pid > 0 else { break }
            var exitStatus: CInt = -1
            var signal: CInt = 0
            clinux_wait_status(status, &exitStatus, &signal)
            if succession.trial?.pid == pid {
                trialEnded(exitStatus: exitStatus, signal: signal)
                continue
            }
            guard let id = sessionsByProcess.removeValue(forKey: pid), let entry = sessions[id] else { continue }
            // All that the pipe holds: it may say why the process died.
            for _ in 0..<16 { readOutput(of: id) }
            if signal != 0, !entry.wasKilled {
                log(
                    .error, "session died",
                    [
                        "session": "\(id)", "address": entry.peer.text, "user": entry.username, "signal": "\(signal)",
                        "cause": SessionFault.cause(ofSignal: signal),
                    ])
            }
            let block = blockSource(of: entry, signal: signal)
            // A broker that reads nothing is not told of the beginning either. Of a block it is: there are few, since whoever
            // causes one is refused from then on.
            if link?.withdraw(id) != true || block != nil {
                let cause = entry.wasKilled ? entry.cause.rawValue : ""
                report(.ended(SessionEnd(id: id, cause: cause, signal: UInt32(signal), block: block)))
            }
            forgetOutput(of: id)
            close(entry.brokerEnd)
            deadlines[id] = nil
            admission.remove(id)
            if entry.username.isEmpty { wastefulSources.insert(entry.peer.source) }
            sessions[id] = nil
        }
        if isStopping, sessions.isEmpty { exitStatus = 0 }
    }

    /// Blocks where a session came from that ended in such a way; why, or nil when it did not.
    private func blockSource(of entry: SessionEntry, signal: CInt) -> SessionEnd.Block? {
        if SessionFault.isFault(signal: signal) {
            sessionFaulted(entry)
            return .fault
        }
        return SessionFault.isWaste(signal: signal) && sessionWasted(entry) ? .processorTime : nil
    }

    /// Logs what a session wrote, line by line: one block at a time, so that one that writes without end keeps nobody
    /// waiting.
    func readOutput(of id: SessionID) {
        guard let entry = sessions[id], sessionsByOutput[entry.output] != nil else { return }
        var block = [UInt8](repeating: 0, count: 4_096)
        let count = read(entry.output, &block, block.count)
        if count < 0, errno == EAGAIN { return }
        guard count > 0 else { return forgetOutput(of: id) }
        for byte in block.prefix(count) where sessionsByOutput[entry.output] != nil {
            if byte == UInt8(ascii: "\n") {
                logOutputLine(of: id)
            } else if let length = sessions[id]?.outputLine.count, length < Self.outputLineLimit {
                sessions[id]?.outputLine.append(byte)
            }
        }
    }

    private func logOutputLine(of id: SessionID) {
        guard let entry = sessions[id], !entry.outputLine.isEmpty else { return }
        sessions[id]?.outputLine = []
        sessions[id]?.outputLines += 1
        let values: KeyValuePairs<StaticString, String> = [
            "session": "\(id)", "text": String(decoding: entry.outputLine, as: UTF8.self),
        ]
        if entry.outputLines < Self.outputLinesLimit {
            log(.warning, "session output", values)
        } else {
            log(.warning, "session output: the rest of this session's is dropped", values)
            // What it writes from here on fails, and costs nobody anything.
            forgetOutput(of: id)
        }
    }

    private func forgetOutput(of id: SessionID) {
        guard let entry = sessions[id], sessionsByOutput.removeValue(forKey: entry.output) != nil else { return }
        if entry.outputLines < Self.outputLinesLimit { logOutputLine(of: id) }
        poller.forget(entry.output)
        close(entry.output)
        sessions[id]?.output = -1
    }
}
