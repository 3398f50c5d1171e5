import Logging
import Registry
import SessionControl

// Rights that end, and the sessions that rest on them.
//
// A right ends in the registry first, and then here. Logins are decided on this thread too: one that was granted before
// this thread heard of the end is among the sessions that it ends, and one that is decided later finds the right gone. So
// when the end is answered, no session rests on the right or ever will.
extension BrokerLoop {
    /// Somebody who waits until sessions have ended.
    struct EndOfSessions {
        let selection: SessionSelection
        let reason: String
        var sessions: Set<SessionID> = []
        /// Whether a listener that we did not start has yet to hand its table over: there may be more sessions.
        var awaitsListener = false
        let deadline: Int64
        /// Told whether there was a session to end; nil once nobody waits any more.
        var completion: (@Sendable (Bool) -> Void)?
        /// Whether there was one.
        var hasFound = false

        var isOver: Bool { sessions.isEmpty && !awaitsListener }
    }

    /// Milliseconds until a session whose right could not be looked up is looked at again.
    private static let recheckInterval: Int64 = 1_000

    func endSessions(
        _ selection: SessionSelection, reason: String, completion: @escaping @Sendable (Bool) -> Void
    ) {
        var wait = EndOfSessions(
            selection: selection, reason: reason, awaitsListener: !knowsAllSessions,
            deadline: monotonicMilliseconds() + Int64(SessionBroker.endTimeout / .milliseconds(1)),
            completion: completion)
        endSessions(for: &wait)
        guard !wait.isOver else { return completion(wait.hasFound) }
        waitingForEnd.append(wait)
    }

    private func endSessions(for wait: inout EndOfSessions) {
        for session in sessions.values where wait.selection.contains(session) {
            if case .ending = session.stage {} else { end(session, reason: wait.reason) }
            wait.sessions.insert(session.id)
            wait.hasFound = true
        }
    }

    /// The listener has handed its table over: whoever waits for the end of sessions that were out of reach has them ended.
    func learnedAllSessions() {
        knowsAllSessions = true
        grantedBefore = [:]
        for index in waitingForEnd.indices where waitingForEnd[index].awaitsListener {
            waitingForEnd[index].awaitsListener = false
            endSessions(for: &waitingForEnd[index])
        }
        finishWaits()
    }

    /// The listener is away. Sessions of one that we did not start live on; those of our own have died with it.
    func lostAllSessions() {
        if case .spawned = broker.options.dataPlane { knowsAllSessions = true } else { knowsAllSessions = false }
        for index in waitingForEnd.indices {
            waitingForEnd[index].sessions = []
            waitingForEnd[index].awaitsListener = !knowsAllSessions
        }
        finishWaits()
    }

    func noteEnd(of id: SessionID) {
        for index in waitingForEnd.indices { waitingForEnd[index].sessions.remove(id) }
        finishWaits()
    }

    private func finishWaits() {
        for wait in waitingForEnd where wait.isOver { wait.completion?(wait.hasFound) }
        waitingForEnd.removeAll { $0.isOver }
    }

    /// Gives up waiting where the time is over. Sessions that a listener has yet to tell of end all the same when it does.
    func giveUpWaits(now: Int64) {
        for (index, wait) in waitingForEnd.enumerated() where wait.deadline <= now {
            guard let completion = wait.completion else { continue }
            logger.error(
                "sessions have not ended in time: they end as soon as the listener hears of it",
                metadata: [
                    "user": "\(wait.selection.username ?? "")", "reason": "\(wait.reason)",
                    "sessions": "\(wait.sessions.map(\.description).sorted().joined(separator: ","))",
                    "listener": "\(wait.awaitsListener ? "away" : "slow")",
                ])
            waitingForEnd[index].completion = nil
            completion(wait.hasFound)
        }
        waitingForEnd.removeAll { $0.completion == nil && !$0.awaitsListener }
    }

    /// Ends a session that was handed over when its right is gone meanwhile.
    func checkRight(of session: BrokeredSession, isFirst: Bool = true) {
        guard case .granted(let username) = session.stage else { return }
        do {
            guard let user = try broker.registry.user(named: username) else {
                return end(session, reason: "the user was deleted")
            }
            if session.usesWeakAlgorithms, !user.legacyAlgorithms {
                end(session, reason: "the right to weak algorithms was taken away")
            }
        } catch {
            // It goes on until that can be found out.
            if isFirst {
                logger.error(
                    "can't look up the right of a session: it goes on until then",
                    metadata: metadata(of: session, ["user": "\(username)", "reason": "\(error)"]))
            }
            uncheckedSessions.insert(session.id)
            recheckAt = monotonicMilliseconds() + Self.recheckInterval
        }
    }

    /// Looks again at those whose right could not be looked up.
    func checkRightsAgain() {
        recheckAt = nil
        let unchecked = uncheckedSessions
        uncheckedSessions = []
        for id in unchecked {
            if let session = sessions[id] { checkRight(of: session, isFirst: false) }
        }
    }
}
