import Foundation
import Glibc
import LogTestSupport
import Registry
import SessionBroker
import SessionControl
import Testing

/// How many sessions a user may have.
@Suite struct UserLimitTests {
    private struct Refused: Equatable {
        let reason: String

        init?(_ reply: SessionReply) {
            guard case .end(let reason) = reply else { return nil }
            self.reason = reason
        }
    }

    /// Logs in on a session of its own: the reply, whose descriptor is closed.
    private func logIn(
        _ listener: ScriptedListener, _ id: SessionID, _ name: String, _ password: String
    ) async throws -> (session: ScriptedSession, reply: SessionReply) {
        let session = try listener.session(id: id)
        try session.authenticate(attempt: 1, username: name, password: password)
        let (reply, home) = try await session.nextReply()
        if home >= 0 { close(home) }
        return (session, reply)
    }

    private let granted = SessionReply.granted(attempt: 1, limits: SessionLimits())

    @Test func oneMoreThanAllowedIsToldSoAndOnlyWithTheRightPassword() async throws {
        try await BrokerPlace.run(userLimits: UserLimits(maxSessions: 2)) { place in
            let (user, other) = (try place.makeUser(), try place.makeUser())
            let listener = try ScriptedListener(path: place.socketPath)
            let ids = (0..<3).map { _ in SessionID.random() }
            var open: [ScriptedSession] = []
            for id in ids.prefix(2) {
                let (session, reply) = try await logIn(listener, id, user.name, user.password)
                #expect(reply == granted)
                open.append(session)
            }
            #expect(try await logIn(listener, .random(), user.name, "wrong").reply == .denied(attempt: 1))
            let refused = try await logIn(listener, ids[2], user.name, user.password).reply
            #expect(
                refused
                    == .end(
                        reason:
                            "This user has 2 sessions open, as many as are allowed at once. Close one and try again."))
            let lines = place.log.lines("warning login denied ")
            #expect(lines.count == 1 && lines[0].contains("user=\(user.name)") && lines[0].contains("limit=2"))
            #expect(lines.first?.contains("setting=sftp.max_sessions_per_user") == true)
            #expect(try await logIn(listener, .random(), other.name, other.password).reply == granted)

            // A place that somebody left is free again; that of the one who was refused never was one.
            try listener.report(.ended(SessionEnd(id: ids[2], cause: "", signal: 0)))
            #expect(Refused(try await logIn(listener, .random(), user.name, user.password).reply) != nil)
            try listener.report(.ended(SessionEnd(id: ids[0], cause: "", signal: 0)))
            #expect(try await logIn(listener, .random(), user.name, user.password).reply == granted)
            #expect(Refused(try await logIn(listener, .random(), user.name, user.password).reply) != nil)
        }
    }

    @Test func sessionsOfBeforeARestartCountAndAreNotEnded() async throws {
        try await BrokerPlace.run(userLimits: UserLimits(maxSessions: 2)) { place in
            let user = try place.makeUser()
            let listener = try ScriptedListener(path: place.socketPath)
            let ids = (0..<3).map { _ in SessionID.random() }
            let adopted = try ids.map { try listener.session(id: $0, username: user.name) }
            #expect(Refused(try await logIn(listener, .random(), user.name, user.password).reply) != nil)
            for id in ids.prefix(2) { try listener.report(.ended(SessionEnd(id: id, cause: "", signal: 0))) }
            #expect(try await logIn(listener, .random(), user.name, user.password).reply == granted)
            #expect(Refused(try await logIn(listener, .random(), user.name, user.password).reply) != nil)
            #expect(place.log.lines("info session adopted").count == 3)
            withExtendedLifetime(adopted) {}
        }
    }

    @Test(arguments: [false, true])
    func loginsAtTheSameTimeDoNotGetBeyondTheLimit(answersWait: Bool) async throws {
        let protection = LoginProtection(blockAfterFailures: 0)
        try await BrokerPlace.run(protection: protection, userLimits: UserLimits(maxSessions: 3)) { place in
            let user = try place.makeUser()
            let listener = try ScriptedListener(path: place.socketPath)
            // From the third failure on answers wait: then the decisions are taken all at once when their time has come.
            for _ in 0..<(answersWait ? 3 : 0) {
                #expect(try await logIn(listener, .random(), "NOBODY00", "x").reply == .denied(attempt: 1))
            }
            let sessions = try (0..<40).map { _ in try listener.session(id: .random()) }
            for session in sessions {
                try session.authenticate(attempt: 1, username: user.name, password: user.password)
            }
            var counts = (granted: 0, refused: 0)
            for session in sessions {
                let (reply, home) = try await session.nextReply()
                if home >= 0 { close(home) }
                if reply == granted { counts.granted += 1 }
                if Refused(reply) != nil { counts.refused += 1 }
            }
            #expect(counts == (3, 37))
        }
    }

    @Test func aSessionThatHasTakenLeaveMakesRoomAndMustKeepItsWord() async throws {
        try await BrokerPlace.run(userLimits: UserLimits(maxSessions: 1)) { place in
            let user = try place.makeUser()
            let listener = try ScriptedListener(path: place.socketPath)
            _ = try await listener.nextCommand()
            let id = SessionID.random()
            let (first, reply) = try await logIn(listener, id, user.name, user.password)
            #expect(reply == granted)
            guard case .named(id, _, _) = try await listener.nextCommand() else { throw ScriptedListener.TimedOut() }
            #expect(Refused(try await logIn(listener, .random(), user.name, user.password).reply) != nil)
            _ = try await listener.nextCommand()
            try first.send(.closing(reason: "client left", bytesIn: 0, bytesOut: 0))
            #expect(try await logIn(listener, .random(), user.name, user.password).reply == granted)
            #expect(try await listener.nextCommand() == .end(id: id))
            #expect(Refused(try await logIn(listener, .random(), user.name, user.password).reply) != nil)
        }
    }

    @Test func zeroIsNoLimit() async throws {
        try await BrokerPlace.run(userLimits: UserLimits(maxSessions: 0)) { place in
            let user = try place.makeUser()
            let listener = try ScriptedListener(path: place.socketPath)
            for _ in 0..<50 {
                #expect(try await logIn(listener, .random(), user.name, user.password).reply == granted)
            }
        }
    }

    @Test func theBandwidthOfAUserIsSharedByItsSessions() async throws {
        try await BrokerPlace.run(userLimits: UserLimits(bytesPerSecond: 6_000)) { place in
            let (user, other) = (try place.makeUser(), try place.makeUser())
            let listener = try ScriptedListener(path: place.socketPath)
            func share(_ bytes: UInt64) -> SessionLimits { SessionLimits(bytesPerSecond: bytes) }
            let ids = (0..<3).map { _ in SessionID.random() }
            let (first, one) = try await logIn(listener, ids[0], user.name, user.password)
            #expect(one == .granted(attempt: 1, limits: share(6_000)))
            let (stranger, theirs) = try await logIn(listener, .random(), other.name, other.password)
            #expect(theirs == .granted(attempt: 1, limits: share(6_000)))
            let (second, two) = try await logIn(listener, ids[1], user.name, user.password)
            #expect(two == .granted(attempt: 1, limits: share(3_000)))
            #expect(try await first.nextReply().0 == .limits(share(3_000)))

            // One of before a restart is told when it speaks, in a version that knows it.
            let adopted = try listener.session(id: ids[2], username: user.name)
            #expect(try await first.nextReply().0 == .limits(share(2_000)))
            #expect(try await second.nextReply().0 == .limits(share(2_000)))
            try adopted.send(.traffic(bytesIn: 1, bytesOut: 1))
            #expect(try await adopted.nextReply().0 == .limits(share(2_000)))

            try listener.report(.ended(SessionEnd(id: ids[1], cause: "", signal: 0)))
            #expect(try await first.nextReply().0 == .limits(share(3_000)))
            #expect(try await adopted.nextReply().0 == .limits(share(3_000)))
            withExtendedLifetime(stranger) {}
        }
    }

    @Test func aSessionOfAnOlderVersionIsNotToldOfLimits() async throws {
        try await BrokerPlace.run(userLimits: UserLimits(bytesPerSecond: 6_000)) { place in
            let user = try place.makeUser()
            let listener = try ScriptedListener(path: place.socketPath)
            let id = SessionID.random()
            let old = try listener.session(id: id, username: user.name)
            // SessionRequest.traffic as version 3 has it.
            try old.send(raw: [3, 3] + [UInt8](repeating: 0, count: 16))
            let (_, reply) = try await logIn(listener, .random(), user.name, user.password)
            #expect(reply == .granted(attempt: 1, limits: SessionLimits(bytesPerSecond: 3_000)))
            async let ended: Void = place.broker.endSessions(ofUser: user.name, reason: "over")
            #expect(try await old.nextReply().0 == .end(reason: "over"))
            await ended
        }
    }
}
