import CLinux
import Glibc
import SessionControl

// The program is executed anew in this process: with a new address layout after a session died by a fault, as another
// version after SIGHUP. Sessions are children of the process and go on; sockets and pipes stay open.
extension Listener {
    /// Milliseconds until it is tried again to serve, by a program that took over and can't.
    private static let serveAgainInterval: Int64 = 1_000

    func askForUpgrade() {
        log(.info, "told to execute the program anew", ["program": program.path])
        succession.ask(.upgrade, now: monotonicMilliseconds())
    }

    /// Blocks where the session came from, and asks for a new address layout.
    func sessionFaulted(_ entry: SessionEntry) {
        let now = monotonicMilliseconds()
        let source = entry.peer.source
        block(source, because: "a session from there died by a fault", now: now)
        // Those that are open already have the old layout, and so would each be one more guess.
        for (id, other) in sessions where other.username.isEmpty && other.peer.source == source {
            setDeadline(of: id, to: now, cause: .fault)
        }
        guard !isStopping else { return }
        let wasExhausted = succession.isExhausted
        succession.ask(.fault, now: now)
        if succession.isExhausted, !wasExhausted {
            log(.error, "many sessions died by faults: no connections are accepted until the address layout is another")
            pauseAccepting()
        }
    }

    /// Blocks where a session came from that used up too much processor time, unless the operator trusts it: behind a
    /// balancer that hides its clients that would be everybody. Sessions that are there go on.
    ///
    /// - Returns: whether it did.
    func sessionWasted(_ entry: SessionEntry) -> Bool {
        let trusted = service?.rules.trusted ?? []
        if let address = entry.peer.address, trusted.contains(where: { $0.contains(address) }) { return false }
        block(
            entry.peer.source, because: "a session from there used too much processor time",
            now: monotonicMilliseconds())
        return true
    }

    private func block(_ source: AddressSource, because reason: String, now: Int64) {
        faults.apply([AddressBlock(source: source, seconds: SessionFault.blockSeconds)], now: now)
        log(
            .warning, "address blocked",
            ["address": "\(source)", "reason": reason, "seconds": "\(SessionFault.blockSeconds)"])
    }

    /// Tries the program when that is due, and gives way to it when it has passed.
    func succeedWhenDue(now: Int64) {
        guard !isStopping, exitStatus == nil else { return }
        if let trial = succession.takeOverdue(now: now) { kill(trial.pid, SIGKILL) }
        if let reason = succession.reasonForTrial(now: now) { tryProgram(for: reason, now: now) }
        guard let passed = succession.passed else { return }
        guard passed.program == program.identity else { return succession.tryAgain(now: now) }
        giveWay(because: passed.reason)
        // Still here: it did not work.
        succession.refused(now: now)
    }

    /// Has a child execute the program, which says by its status whether it could take over.
    private func tryProgram(for reason: SuccessionPlan.Reason, now: Int64) {
        guard let identity = program.identity else { return refuse("there is no such file: \(describe(errno))") }
        let file: CInt
        do throws(TableError) { file = try TableFile.write(table(because: reason)) } catch {
            return refuse("\(error)")
        }
        defer { close(file) }
        let parent = getpid()
        let pid = fork()
        if pid == 0 {
            clinux_signals_unblock()
            _ = clinux_end_with_parent(parent)
            _ = clinux_set_close_on_exec(file, false)
            program.execute(["--try-table-fd", "\(file)"])
            log(.error, "can't execute the program", ["program": program.path, "error": describe(errno)])
            _exit(127)
        }
        guard pid > 0 else { return refuse("fork: \(describe(errno))") }
        succession.begin(
            SuccessionPlan.Trial(
                pid: pid, reason: reason, program: identity, deadline: now + SuccessionPlan.trialTimeout))
    }

    func trialEnded(exitStatus: CInt, signal: CInt) {
        let hasPassed = exitStatus == TableFile.passedStatus
        if hasPassed || isStopping {
            succession.trialEnded(passed: hasPassed, now: monotonicMilliseconds())
        } else {
            refuse(signal != 0 ? "it ended by signal \(signal)" : "it ended with status \(exitStatus)")
        }
    }

    private func refuse(_ reason: String) {
        log(
            .error, "the program can't take over: the running one goes on",
            ["program": program.path, "reason": reason])
        succession.trialEnded(passed: false, now: monotonicMilliseconds())
    }

    /// Executes the program in the place of this one. Returns when that did not work.
    private func giveWay(because reason: SuccessionPlan.Reason) {
        let table = table(because: reason)
        let file: CInt
        do throws(TableError) { file = try TableFile.write(table) } catch {
            return log(.error, "can't hand the table over", ["reason": "\(error)"])
        }
        var arguments = ["--table-fd", "\(file)"]
        switch supervision {
        case .spawned(let control): arguments += ["--control-fd", "\(control)"]
        case .standing(let path): arguments += ["--control-socket", path]
        }
        let kept = table.descriptors + [file]
        for descriptor in kept { _ = clinux_set_close_on_exec(descriptor, false) }
        program.execute(arguments)
        let failure = describe(errno)
        for descriptor in kept { _ = clinux_set_close_on_exec(descriptor, true) }
        close(file)
        log(.error, "can't execute the program", ["program": program.path, "error": failure])
    }

    private func table(because reason: SuccessionPlan.Reason) -> ListenerTable {
        var table = ListenerTable()
        table.reason = reason.rawValue
        table.link = link?.descriptor ?? -1
        table.pending = link?.pending ?? []
        table.brokerKnowsSessions = brokerKnowsSessions
        table.configuration = configuration
        table.sockets = sockets.descriptors.map {
            ListenerTable.Socket(descriptor: $0, isLegacy: sockets.isLegacy($0))
        }
        table.socketsAreFromSystemd = sockets.areFromSystemd
        table.sessions = Array(sessions.values)
        table.blocks = blocks.entries
        table.faults = faults.entries
        table.knownSources = knownSources.all
        table.proxied = proxied.all
        table.guests = waiting.all
        return table
    }

    /// Goes on where the image before this one was.
    func takeOver(_ table: ListenerTable) {
        let now = monotonicMilliseconds()
        for descriptor in table.descriptors { _ = clinux_set_close_on_exec(descriptor, true) }
        succession = SuccessionPlan(tookOverAt: now)
        sockets.restore(table)
        blocks.restore(table.blocks)
        faults.restore(table.faults)
        for source in table.knownSources { knownSources.insert(source) }
        // By age, as they came.
        for entry in table.sessions.sorted(by: { $0.acceptedAt < $1.acceptedAt }) {
            sessions[entry.id] = entry
            schedule(entry.id, at: entry.deadline)
            if entry.cause != .evicted {
                admission.add(
                    entry.id, source: entry.peer.source, isKnown: knownSources.contains(entry.peer.source),
                    hasLoggedIn: !entry.username.isEmpty)
            }
            sessionsByProcess[entry.pid] = entry.id
            if entry.output >= 0 {
                sessionsByOutput[entry.output] = entry.id
                try? poller.watch(entry.output, for: .readable)
            }
        }
        for connection in table.proxied {
            proxied.add(connection)
            try? poller.watch(connection.socket, for: .readable)
        }
        for guest in table.guests {
            waiting.enter(guest)
            try? poller.watch(guest.socket, for: .readable)
        }
        configuration = table.configuration
        log.writesDebug = configuration?.logsDebug ?? false
        if table.link >= 0 {
            link = ControlLink(SeqPacketSocket(owning: table.link), pending: table.pending)
            brokerKnowsSessions = table.brokerKnowsSessions
        } else {
            reconnectAt = 0
        }
        serveAsBefore(now: now)
        log(.info, "took over", ["reason": table.reason, "sessions": "\(sessions.count)", "program": program.path])
        if let descriptor = link?.descriptor {
            try? poller.watch(descriptor, for: [.readable, .writable])
            // The answer has all settings that this version knows; it may know more than the one before.
            report(.hello(pid: getpid()))
        }
        // Their signal may have come before this image could hear it.
        reapSessions()
    }

    /// Serves by the configuration of the image before this one, now or, when that can't be, a little later.
    func serveAsBefore(now: Int64) {
        serveAgainAt = nil
        guard service == nil, let configuration, !isStopping else { return }
        do throws(ServiceFailure) {
            try apply(configuration)
            if link != nil { announce() }
        } catch {
            log(.error, "can't serve: sessions go on, connections wait", ["reason": error.description])
            serveAgainAt = now + Self.serveAgainInterval
        }
    }
}
