import Logging
import SessionControl

// What the sessions of one user may use together.
extension BrokerLoop {
    /// Counts a session that is logged in, until it has ended.
    func count(_ session: BrokeredSession) {
        guard let username = session.username else { return }
        if sessionsOfUser[username, default: []].insert(session.id).inserted { loggedInSessions += 1 }
        shareAnew(among: username, but: session)
    }

    /// A session is gone.
    func discount(_ session: BrokeredSession) {
        guard let username = session.username else { return }
        if sessionsOfUser[username]?.remove(session.id) != nil { loggedInSessions -= 1 }
        if sessionsOfUser[username]?.isEmpty == true { sessionsOfUser[username] = nil }
        shareAnew(among: username)
    }

    /// What a session of the user may use: of the bandwidth as much as each other of its sessions.
    func limits(of username: String) -> SessionLimits {
        let all = broker.options.userLimits.bytesPerSecond
        guard all > 0 else { return SessionLimits() }
        return SessionLimits(
            bytesPerSecond: UInt64(clamping: max(1, all / max(1, sessionsOfUser[username]?.count ?? 1))))
    }

    /// Tells the sessions of a user what each may use now, but the one that is told by its grant.
    private func shareAnew(among username: String, but newest: BrokeredSession? = nil) {
        for id in sessionsOfUser[username] ?? [] where id != newest?.id {
            if let session = sessions[id] { sendLimits(to: session) }
        }
    }

    /// One that has said nothing yet may be of a version that would not understand it: it is told when it does.
    func sendLimits(to session: BrokeredSession) {
        guard broker.options.userLimits.bytesPerSecond > 0, case .granted(let username) = session.stage,
            session.version >= limitsVersion
        else { return }
        reply(.limits(limits(of: username)), to: session)
    }

    /// Whether the user may have one session more.
    ///
    /// Sessions count until their processes are gone. Those that have taken leave don't, so that a client which comes back
    /// at once finds its place free; the listener sees to it that they keep their word.
    func mayEnter(_ username: String) -> Bool {
        let limit = broker.options.userLimits.maxSessions
        guard limit > 0, let open = sessionsOfUser[username], open.count >= limit else { return true }
        // What they said last may be unread.
        for id in open { handleSession(id) }
        let leaving = open.filter { sessions[$0]?.isLeaving == true }
        for id in leaving { send(.end(id: id)) }
        return open.count - leaving.count < limit
    }

    /// Turns a client away that gave the right password.
    func refuseEntry(_ username: String, _ request: AuthenticationRequest, _ session: BrokeredSession) {
        let limit = broker.options.userLimits.maxSessions
        note(
            request, of: session, denied: .warning,
            [
                "reason": "the user has as many sessions as are allowed", "limit": "\(limit)",
                "setting": "sftp.max_sessions_per_user",
            ])
        end(
            session,
            reason:
                "This user has \(limit) \(limit == 1 ? "session" : "sessions") open, as many as are allowed at once. "
                + "Close one and try again.")
    }
}
