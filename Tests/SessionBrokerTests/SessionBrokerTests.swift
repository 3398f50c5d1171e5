import Foundation
import Glibc
import Registry
import SessionBroker
import SessionControl
import Synchronization
import Testing

/// The broker with a real registry and store, and a listener that the test plays.
@Suite struct SessionBrokerTests {
    @Test func theListenerIsConfiguredAndItsReadinessIsKnown() async throws {
        try await BrokerPlace.run { place in
            #expect(!place.broker.isReady && place.broker.readinessProblems.count == 1)
            let listener = try ScriptedListener(path: place.socketPath)
            #expect(try await listener.nextCommand() == .configure(place.configuration))
            let status = DataPlaneStatus(addresses: ["x:1"], layers: [], libsshVersion: "", fingerprints: [])
            try listener.report(.ready(status))
            await place.broker.waitUntilReady()
            #expect(place.broker.status == status && place.broker.readinessProblems.isEmpty)
        }
    }

    @Test func theRightPasswordGetsTheHomeAndTheNameGoesToTheListenerFirst() async throws {
        try await BrokerPlace.run { place in
            let (user, password) = try place.registry.createUser(
                homeDirectory: "/partners/acme", description: "x", passwordLength: 16, maxUsers: 0)
            let listener = try ScriptedListener(path: place.socketPath)
            _ = try await listener.nextCommand()
            let id = SessionID.random()
            let session = try listener.session(id: id)

            try session.authenticate(attempt: 1, username: user.username, password: "wrong")
            #expect(try await session.nextReply().0 == .denied(attempt: 1))
            try session.authenticate(attempt: 2, username: "nobody", password: password.revealed())
            #expect(try await session.nextReply().0 == .denied(attempt: 2))
            #expect(try place.registry.user(named: user.username)?.lastConnectedDate == nil)

            try session.authenticate(attempt: 3, username: user.username, password: password.revealed())
            let (reply, home) = try await session.nextReply()
            #expect(reply == .granted(attempt: 3, limits: SessionLimits()))
            defer { close(home) }
            #expect(
                try await listener.nextCommand() == .named(id: id, username: user.username, usesWeakAlgorithms: false))
            var there = stat()
            var expected = stat()
            let path = "\(place.directory.path)/\(place.registry.bucketName)/partners/acme"
            #expect(fstat(home, &there) == 0 && stat(path, &expected) == 0)
            #expect(there.st_ino == expected.st_ino && there.st_dev == expected.st_dev)
            #expect(try place.registry.user(named: user.username)?.lastConnectedDate == .today)
        }
    }

    @Test func endingAUsersSessionsTellsSessionAndListenerAndWaitsForTheEnd() async throws {
        try await BrokerPlace.run { place in
            let (user, _) = try place.registry.createUser(
                homeDirectory: "/a", description: "x", passwordLength: 16, maxUsers: 0)
            let listener = try ScriptedListener(path: place.socketPath)
            _ = try await listener.nextCommand()
            let id = SessionID.random()
            let other = try listener.session(id: .random())
            let session = try listener.session(id: id, username: user.username)
            try other.authenticate(attempt: 1, username: "x", password: "y")
            #expect(try await other.nextReply().0 == .denied(attempt: 1))  // both are adopted by now, in their order

            let clock = ContinuousClock()
            let begun = clock.now
            let waited = Mutex<Duration?>(nil)
            async let ended: Void = {
                await place.broker.endSessions(ofUser: user.username, reason: "user deleted")
                waited.withLock { $0 = clock.now - begun }
            }()
            #expect(try await session.nextReply().0 == .end(reason: "user deleted"))
            #expect(try await listener.nextCommand() == .end(id: id))
            // The second of these answers is held for a quarter of a second.
            for attempt in UInt32(2)...3 {
                try other.authenticate(attempt: attempt, username: "x", password: "y")
                #expect(try await other.nextReply().0 == .denied(attempt: attempt))
            }
            // On a machine that is so busy it is over only because it took too long.
            let isEarly = waited.withLock { $0.map { $0 < SessionBroker.endTimeout } ?? false }
            #expect(!isEarly, "its process is still there")
            try listener.report(.ended(SessionEnd(id: id, cause: "", signal: 0)))
            await ended
        }
    }

    @Test func anAdoptedSessionOfADeletedUserIsEnded() async throws {
        try await BrokerPlace.run { place in
            let listener = try ScriptedListener(path: place.socketPath)
            _ = try await listener.nextCommand()
            let id = SessionID.random()
            let session = try listener.session(id: id, username: "GONE0000")
            #expect(try await session.nextReply().0 == .end(reason: "the user was deleted"))
            #expect(try await listener.nextCommand() == .end(id: id))
        }
    }

    @Test(arguments: [[1, 99], [], [1, 2, 0, 0, 0, 1], [UInt8](repeating: 0xff, count: 64)] as [[UInt8]])
    func aSessionThatBreaksTheRulesIsEndedAndTheOthersGoOn(message: [UInt8]) async throws {
        try await BrokerPlace.run { place in
            let listener = try ScriptedListener(path: place.socketPath)
            _ = try await listener.nextCommand()
            let id = SessionID.random()
            let bad = try listener.session(id: id)
            let good = try listener.session(id: .random())
            if !message.isEmpty {
                try bad.send(raw: message)
                #expect(try await bad.nextReply().0 == .end(reason: "internal error"))
                #expect(try await listener.nextCommand() == .end(id: id))
            }
            try good.authenticate(attempt: 1, username: "x", password: "y")
            #expect(try await good.nextReply().0 == .denied(attempt: 1))
        }
    }
}
