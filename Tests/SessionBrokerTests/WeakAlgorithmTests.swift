import Glibc
import LogTestSupport
import Registry
import SessionBroker
import SessionControl
import Testing

/// Logins of clients with which weak algorithms were agreed.
@Suite struct WeakAlgorithmTests {
    private static let agreed = ["diffie-hellman-group14-sha1", "ssh-rsa"]

    @Test func withoutTheRightTheyAreDeniedAndTheLogSaysHowToAdmitThem() async throws {
        try await BrokerPlace.run { place in
            let user = try place.makeUser()
            let listener = try ScriptedListener(path: place.socketPath)
            _ = try await listener.nextCommand()
            let session = try listener.session(id: .random())
            try session.authenticate(
                attempt: 1, username: user.name, password: user.password, weakAlgorithms: Self.agreed)
            #expect(try await session.nextReply().0 == .denied(attempt: 1))
            #expect(try place.registry.user(named: user.name)?.lastConnectedDate == nil)
            let lines = place.log.lines("warning login denied ")
            let line = try #require(lines.count == 1 ? lines.first : nil)
            #expect(line.contains("user=\(user.name)") && line.contains("address=192.0.2.1:50022 "))
            #expect(line.contains("algorithms=diffie-hellman-group14-sha1,ssh-rsa "))
            #expect(line.contains("PUT /berth/v1/users/\(user.name)/algorithms"))
            #expect(line.contains("reason=weak algorithms were agreed"))
            #expect(!line.contains(user.password))

            // With others the same user needs no right, on the same connection as on another.
            let modern = try listener.session(id: .random())
            try modern.authenticate(attempt: 1, username: user.name, password: user.password)
            let (reply, home) = try await modern.nextReply()
            #expect(reply == .granted(attempt: 1, limits: SessionLimits()))
            close(home)
            #expect(place.log.lines("warning login with weak algorithms").isEmpty)
        }
    }

    @Test func withTheRightTheyAreGrantedWithAWarningAndTheListenerKnows() async throws {
        try await BrokerPlace.run { place in
            let user = try place.makeUser()
            _ = try place.registry.setLegacyAlgorithms(true, named: user.name)
            let listener = try ScriptedListener(path: place.socketPath)
            _ = try await listener.nextCommand()
            let id = SessionID.random()
            let session = try listener.session(id: id)
            try session.authenticate(
                attempt: 1, username: user.name, password: user.password, weakAlgorithms: Self.agreed)
            let (reply, home) = try await session.nextReply()
            #expect(reply == .granted(attempt: 1, limits: SessionLimits()))
            close(home)
            #expect(
                try await listener.nextCommand() == .named(id: id, username: user.name, usesWeakAlgorithms: true))
            // The log follows the answer: the next answer comes after it.
            let next = try listener.session(id: .random())
            try next.authenticate(attempt: 1, username: "x", password: "y")
            _ = try await next.nextReply()
            let line = try #require(place.log.lines("warning login with weak algorithms ").first)
            #expect(line.contains("user=\(user.name)") && line.contains("address=192.0.2.1:50022 "))
            #expect(line.contains("algorithms=diffie-hellman-group14-sha1,ssh-rsa "))
        }
    }

    @Test func whoDoesNotKnowThePasswordLearnsNothingOfTheRight() async throws {
        try await BrokerPlace.run { place in
            let user = try place.makeUser()
            let listener = try ScriptedListener(path: place.socketPath)
            _ = try await listener.nextCommand()
            let session = try listener.session(id: .random())
            try session.authenticate(attempt: 1, username: user.name, password: "wrong", weakAlgorithms: Self.agreed)
            #expect(try await session.nextReply().0 == .denied(attempt: 1))
            #expect(place.log.lines("warning").isEmpty)
            #expect(place.log.lines("info login denied").count == 1)
        }
    }

    @Test func takingTheRightAwayEndsTheSessionsThatRestOnItAndNoOthers() async throws {
        try await BrokerPlace.run { place in
            let user = try place.makeUser()
            _ = try place.registry.setLegacyAlgorithms(true, named: user.name)
            let listener = try ScriptedListener(path: place.socketPath)
            _ = try await listener.nextCommand()
            let (loggedIn, adopted) = (SessionID.random(), SessionID.random())
            let modern = try listener.session(id: .random(), username: user.name)
            let old = try listener.session(id: adopted, username: user.name, usesWeakAlgorithms: true)
            let session = try listener.session(id: loggedIn)
            try session.authenticate(
                attempt: 1, username: user.name, password: user.password, weakAlgorithms: ["ssh-rsa"])
            let (reply, home) = try await session.nextReply()
            #expect(reply == .granted(attempt: 1, limits: SessionLimits()))
            close(home)
            _ = try await listener.nextCommand()

            async let ended: Void = place.broker.endWeakSessions(ofUser: user.name, reason: "taken away")
            #expect(try await session.nextReply().0 == .end(reason: "taken away"))
            #expect(try await old.nextReply().0 == .end(reason: "taken away"))
            let commands = [try await listener.nextCommand(), try await listener.nextCommand()]
            #expect(commands.contains(.end(id: loggedIn)) && commands.contains(.end(id: adopted)))
            for id in [loggedIn, adopted] { try listener.report(.ended(SessionEnd(id: id, cause: "", signal: 0))) }
            await ended

            // What the modern session hears next is the end of all.
            async let deleted: Void = place.broker.endSessions(ofUser: user.name, reason: "user deleted")
            #expect(try await modern.nextReply().0 == .end(reason: "user deleted"))
            await deleted
        }
    }

    @Test func aSessionThatComesBackWithoutTheRightIsEnded() async throws {
        try await BrokerPlace.run { place in
            let user = try place.makeUser()
            let listener = try ScriptedListener(path: place.socketPath)
            _ = try await listener.nextCommand()
            let id = SessionID.random()
            let session = try listener.session(id: id, username: user.name, usesWeakAlgorithms: true)
            #expect(try await session.nextReply().0 == .end(reason: "the right to weak algorithms was taken away"))
            #expect(try await listener.nextCommand() == .end(id: id))
        }
    }
}
