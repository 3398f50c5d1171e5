import Audit
import BucketStore
import Foundation
import Glibc
import Logging
import Registry
import SSHWire
import SessionControl

// Logins: each attempt is decided at once, and its answer waits for as long as the guard says.
extension BrokerLoop {
    /// Milliseconds until it is tried again to note the day of a login.
    private static let recordRetryInterval: Int64 = 2_000

    /// Milliseconds until a login is tried again that the listener, which reads slowly, could not be told of.
    private static let congestionDelay: Int64 = 20

    /// An attempt whose answer waits.
    struct HeldAnswer {
        /// When it is given, by the monotonic clock in milliseconds.
        let dueAt: Int64
        let request: AuthenticationRequest
        /// Whether the password was right. The right to log in is looked up again when the answer is given.
        let isRight: Bool
    }

    /// What is to be said about an attempt.
    private enum Verdict {
        case right(AuthenticatedUser)
        /// No such user, or not its password.
        case wrong
        /// Not a guess that failed: the registry does not answer, or the right to weak algorithms is missing.
        case refused(Logger.Level, Logger.Metadata)
    }

    func authenticate(_ request: AuthenticationRequest, for session: BrokeredSession) {
        guard heldAnswers[session.id] == nil else {
            return perform(.violation("an attempt before the answer to the last"), for: session)
        }
        guard let attempt = attempt(request, of: session) else { return answer(verdict(of: request), request, session) }
        guard !blockBook.isBlocked(attempt.source, now: Date()) else {
            // It came before the block began.
            note(request, of: session, denied: .info, ["reason": "its address is blocked"])
            return end(session, reason: "too many failed logins")
        }
        let now = monotonicMilliseconds()
        let delay = loginGuard.delay(of: attempt, now: now) { knows(request, attempt.source) }
        let verdict = verdict(of: request)
        var isRight = false
        switch verdict {
        case .right:
            loginGuard.succeeded(attempt, now: now)
            isRight = true
        case .wrong:
            if let failures = loginGuard.failed(attempt, now: now) {
                note(request, of: session, denied: .info, Self.reason)
                return block(attempt.source, failures: failures)
            }
        case .refused: break
        }
        guard delay > 0 else { return answer(verdict, request, session) }
        // Noted at once: whoever guesses may not wait for the answer.
        if !isRight { note(verdict, request, session, delay: delay) }
        hold(request, of: session, isRight: isRight, milliseconds: delay)
    }

    /// Gives the answer later.
    private func hold(
        _ request: AuthenticationRequest, of session: BrokeredSession, isRight: Bool, milliseconds: Int64
    ) {
        let dueAt = monotonicMilliseconds() + milliseconds
        heldAnswers[session.id] = HeldAnswer(dueAt: dueAt, request: request, isRight: isRight)
        answerAt = min(answerAt ?? .max, dueAt)
    }

    /// Gives the answers whose time has come.
    func releaseAnswers(now: Int64) {
        let due = heldAnswers.filter { $0.value.dueAt <= now }
        for (id, held) in due {
            heldAnswers[id] = nil
            guard let session = sessions[id], case .anonymous = session.stage else { continue }
            if held.isRight {
                answer(verdict(of: held.request), held.request, session)
            } else {
                reply(.denied(attempt: held.request.attempt), to: session)
            }
        }
        answerAt = heldAnswers.values.map(\.dueAt).min()
    }

    /// The attempt as the guard counts it; nil where nothing is counted.
    private func attempt(_ request: AuthenticationRequest, of session: BrokeredSession) -> LoginGuard.Attempt? {
        guard let address = session.address,
            !broker.options.protection.trustedNetworks.contains(where: { $0.contains(address) })
        else { return nil }
        return LoginGuard.Attempt(source: AddressSource(address), name: NameDigest(request.username, under: nameKey))
    }

    private func knows(_ request: AuthenticationRequest, _ source: AddressSource) -> Bool {
        let username = String(validating: request.username, as: UTF8.self) ?? ""
        return (try? broker.registry.knows(source: source.description, ofUser: username, on: .today)) ?? false
    }

    private static let reason: Logger.Metadata = ["reason": "unknown user or wrong password"]

    private func verdict(of request: AuthenticationRequest) -> Verdict {
        do {
            guard let username = String(validating: request.username, as: UTF8.self),
                let found = try broker.registry.authenticate(
                    username: username, password: [UInt8](request.credential.bytes))
            else { return .wrong }
            guard request.weakAlgorithms.isEmpty || found.user.legacyAlgorithms else {
                return .refused(.warning, Self.refusal(of: request.weakAlgorithms, to: found.user))
            }
            return .right(found)
        } catch {
            return .refused(.error, ["reason": "\(error)"])
        }
    }

    /// Why a user who gave the right password stays out all the same, and what an operator can do.
    private static func refusal(of algorithms: [String], to user: User) -> Logger.Metadata {
        [
            "reason": "weak algorithms were agreed with this client, and the user has no right to them",
            "algorithms": "\(algorithms.joined(separator: ","))",
            "hint":
                "newer software at the partner's is the remedy; PUT /berth/v1/users/\(user.username)/algorithms with {\"legacyAlgorithms\": true} admits it as it is",
        ]
    }

    private func answer(_ verdict: Verdict, _ request: AuthenticationRequest, _ session: BrokeredSession) {
        if case .right(let found) = verdict { return grant(found, request, session) }
        note(verdict, request, session)
        reply(.denied(attempt: request.attempt), to: session)
    }

    private func grant(_ found: AuthenticatedUser, _ request: AuthenticationRequest, _ session: BrokeredSession) {
        let user = found.user
        guard mayEnter(user.username) else { return refuseEntry(user.username, request, session) }
        do {
            let home = try broker.store.openHome(
                bucket: broker.registry.bucketName, homeDirectory: user.homeDirectory)
            let usesWeakAlgorithms = !request.weakAlgorithms.isEmpty
            // The listener hears it first: a session that is logged in is never one without a name there, whatever becomes
            // of this process.
            guard
                sendNow(.named(id: session.id, username: user.username, usesWeakAlgorithms: usesWeakAlgorithms))
            else { return hold(request, of: session, isRight: true, milliseconds: Self.congestionDelay) }
            session.stage = .granted(username: user.username)
            session.usesWeakAlgorithms = usesWeakAlgorithms
            count(session)
            recordLogin(of: found, from: session.address)
            reply(
                .granted(attempt: request.attempt, limits: limits(of: user.username)), to: session,
                passing: home.descriptor)
            logger.info(
                "login granted",
                metadata: metadata(of: session, details(of: request, ["home": "\(user.homeDirectory)"])))
            if session.usesWeakAlgorithms {
                let algorithms = request.weakAlgorithms.joined(separator: ",")
                logger.warning(
                    "login with weak algorithms",
                    metadata: metadata(of: session, ["user": "\(user.username)", "algorithms": "\(algorithms)"]))
            }
            audit(request, of: session, .granted, [.init("home", user.homeDirectory)])
            metrics.count(login: request.method, .granted)
        } catch {
            note(request, of: session, denied: .error, ["reason": "\(error)"])
            reply(.denied(attempt: request.attempt), to: session)
        }
    }

    /// Logs and counts a denial.
    private func note(
        _ verdict: Verdict, _ request: AuthenticationRequest, _ session: BrokeredSession, delay: Int64 = 0
    ) {
        let delayed: Logger.Metadata = delay > 0 ? ["delayed": "\(delay)ms"] : [:]
        switch verdict {
        case .right: break
        case .wrong: note(request, of: session, denied: .info, Self.reason.merging(delayed) { $1 })
        case .refused(let level, let details):
            note(request, of: session, denied: level, details.merging(delayed) { $1 })
        }
    }

    func note(
        _ request: AuthenticationRequest, of session: BrokeredSession, denied level: Logger.Level,
        _ why: Logger.Metadata
    ) {
        logger.log(level: level, "login denied", metadata: metadata(of: session, details(of: request, why)))
        let isError = level == .error
        let reason = why["reason"].map { [AuditEvent.Detail("reason", "\($0)")] } ?? []
        audit(request, of: session, isError ? .failed : .denied, reason)
        metrics.count(login: request.method, isError ? .error : .denied)
    }

    private func details(of request: AuthenticationRequest, _ more: Logger.Metadata) -> Logger.Metadata {
        let shown = BrokeredSession.escaped(request.username)
        return more.merging(["user": "\(shown)", "method": "\(request.method)"]) { $1 }
    }

    /// Notes day, password and source. A registry that can't be written keeps nobody out: the day is tried again later, the
    /// others at the next login.
    private func recordLogin(of found: AuthenticatedUser, from address: AddressNetwork.Address?) {
        let (user, today) = (found.user, CalendarDate.today)
        // While the registry can't be written, no login waits to find that out again.
        if retryRecordsAt == nil {
            do {
                try broker.registry.recordUse(of: found.password)
                if let address {
                    try broker.registry.recordLogin(
                        from: AddressSource(address).description, ofUser: user.username, on: today)
                }
            } catch {
                logger.warning(
                    "can't note which password a user logged in with, or where from",
                    metadata: ["user": "\(user.username)", "reason": "\(error)"])
                retryRecordsAt = monotonicMilliseconds() + Self.recordRetryInterval
            }
        }
        guard user.lastConnectedDate != today else { return }
        unrecordedLogins[user.username] = today
        if retryRecordsAt == nil { recordLogins() }
    }

    func recordLogins() {
        retryRecordsAt = nil
        for (username, day) in unrecordedLogins {
            do {
                try broker.registry.recordConnection(username: username, on: day)
                unrecordedLogins[username] = nil
            } catch {
                logger.warning(
                    "can't note the days of logins yet",
                    metadata: ["users": "\(unrecordedLogins.count)", "reason": "\(error)"])
                retryRecordsAt = monotonicMilliseconds() + Self.recordRetryInterval
                return
            }
        }
    }
}
