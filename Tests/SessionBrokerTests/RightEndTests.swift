import Foundation
import Glibc
import LogTestSupport
import Registry
import SFTPTestSupport
import SessionBroker
import SessionControl
import Testing

/// Rights that end while logins are decided, while the listener is away, and while the registry is.
@Suite struct RightEndTests {
    /// Deletes as Provisioning does.
    private func delete(_ user: String, _ place: BrokerPlace) async throws {
        #expect(try place.registry.deleteUser(named: user))
        await place.broker.endSessions(ofUser: user, reason: "the user was deleted")
    }

    @Test func afterADeletionNoSessionOfTheUserIsOrBecomesLoggedIn() async throws {
        // Denials are no guesses here.
        let protection = LoginProtection(trustedNetworks: [try #require(AddressNetwork("192.0.2.0/24"))])
        try await BrokerPlace.run(protection: protection, userLimits: UserLimits(maxSessions: 0)) { place in
            let listener = try await place.readyListener()
            var random = SplitMix64(seed: TestSeed.value(fixed: 5))
            var granted = 0
            var denied = 0
            for _ in 0..<40 {
                let (name, password) = try place.makeUser()
                let sessions = try (0..<12).map { _ in
                    let id = SessionID.random()
                    return (id: id, session: try listener.session(id: id))
                }
                // Half of the attempts before the deletion, half of them beside it.
                let early = Int.random(in: 0...12, using: &random)
                for entry in sessions.prefix(early) {
                    try entry.session.authenticate(attempt: 1, username: name, password: password)
                }
                // One that is in for certain: there is always something to end.
                let firstID = SessionID.random()
                let first = try listener.session(id: firstID)
                try first.authenticate(attempt: 1, username: name, password: password)
                let (firstReply, firstHome) = try await first.nextReply()
                #expect(firstReply == .granted(attempt: 1, limits: SessionLimits()))
                close(firstHome)
                async let deletion: Void = delete(name, place)
                for entry in sessions.dropFirst(early) {
                    try entry.session.authenticate(attempt: 1, username: name, password: password)
                }
                // The listener kills whom it is told to end, and says so: until then there is no answer.
                var open: Set = [firstID]
                #expect(try await first.nextReply().0 == .end(reason: "the user was deleted"))
                for entry in sessions {
                    let (reply, home) = try await entry.session.nextReply()
                    guard reply == .granted(attempt: 1, limits: SessionLimits()) else {
                        #expect(reply == .denied(attempt: 1))
                        denied += 1
                        continue
                    }
                    close(home)
                    granted += 1
                    open.insert(entry.id)
                    #expect(try await entry.session.nextReply().0 == .end(reason: "the user was deleted"))
                }
                while !open.isEmpty {
                    guard case .end(let id) = try await listener.nextCommand() else { continue }
                    #expect(open.remove(id) != nil)
                    try listener.report(.ended(SessionEnd(id: id, cause: "ended by the broker", signal: 9)))
                }
                try await deletion
                let late = try listener.session(id: .random())
                try late.authenticate(attempt: 1, username: name, password: password)
                #expect(try await late.nextReply().0 == .denied(attempt: 1))
            }
            // Both happened; how often is up to the scheduler.
            #expect(granted > 0 && denied > 0, "\(granted) granted, \(denied) denied")
        }
    }

    @Test func anAnswerThatIsHeldBackIsADenialWhenTheUserIsDeletedMeanwhile() async throws {
        try await BrokerPlace.run(protection: LoginProtection(blockAfterFailures: 0)) { place in
            let listener = try await place.readyListener()
            let (name, password) = try place.makeUser()
            let session = try listener.session(id: .random(), address: "198.51.100.7:1")
            for attempt in UInt32(1)...5 {
                try session.authenticate(attempt: attempt, username: name, password: "wrong")
                #expect(try await session.nextReply().0 == .denied(attempt: attempt))
            }
            try session.authenticate(attempt: 6, username: name, password: password)
            // Decided, and held for some seconds: what comes after it on the same thread shows that it was.
            let other = try listener.session(id: .random())
            try other.authenticate(attempt: 1, username: "x", password: "y")
            #expect(try await other.nextReply().0 == .denied(attempt: 1))
            try await delete(name, place)
            #expect(try await session.nextReply().0 == .denied(attempt: 6))
        }
    }

    @Test func whileTheListenerIsAwayTheEndWaitsForItsTable() async throws {
        try await BrokerPlace.run { place in
            let (name, _) = try place.makeUser()
            let id = SessionID.random()
            do {
                let first = try await place.readyListener()
                _ = try first.session(id: id, username: name)
                await place.broker.waitUntilReady()
            }
            // It has hung up; its sessions live on.
            while place.broker.isReady { await Task.yield() }
            async let ended: Void = place.broker.endSessions(ofUser: name, reason: "gone")
            let second = try ScriptedListener(path: place.socketPath)
            _ = try await second.nextCommand()
            let session = try second.session(id: id, username: name)
            try second.report(.ready(ScriptedListener.status))
            #expect(try await session.nextReply().0 == .end(reason: "gone"))
            #expect(try await second.nextCommand() == .end(id: id))
            try second.report(.ended(SessionEnd(id: id, cause: "", signal: 0)))
            await ended
            // Not because the time was over: that would be in the log.
            #expect(place.log.lines("error sessions have not ended").isEmpty)
        }
    }

    @Test func aListenerThatNeverComesBackIsWaitedForASecondAndThatIsLogged() async throws {
        try await BrokerPlace.run { place in
            let (name, _) = try place.makeUser()
            let started = ContinuousClock.now
            await place.broker.endSessions(ofUser: name, reason: "gone")
            let taken = ContinuousClock.now - started
            #expect(taken >= .milliseconds(900) && taken < .seconds(3), "\(taken)")
            #expect(place.log.lines("error sessions have not ended in time").first?.contains("listener=away") == true)
        }
    }

    /// As when a password was reset, and the user is still there: nothing but the wish tells that the session is to end.
    @Test func sessionsThatAListenerTellsOfWhenNobodyWaitsAnyMoreEndAllTheSame() async throws {
        try await BrokerPlace.run { place in
            let (name, _) = try place.makeUser()
            let (other, _) = try place.makeUser()
            let (id, otherID) = (SessionID.random(), SessionID.random())
            do {
                let first = try await place.readyListener()
                _ = try first.session(id: id, username: name)
                await place.broker.waitUntilReady()
            }
            while place.broker.isReady { await Task.yield() }
            await place.broker.endSessions(ofUser: name, reason: "the password was changed")
            #expect(place.log.lines("error sessions have not ended in time").count == 1)
            let second = try ScriptedListener(path: place.socketPath)
            _ = try await second.nextCommand()
            let session = try second.session(id: id, username: name)
            _ = try second.session(id: otherID, username: other)
            try second.report(.ready(ScriptedListener.status))
            #expect(try await session.nextReply().0 == .end(reason: "the password was changed"))
            #expect(try await second.nextCommand() == .end(id: id))
            // The wish is fulfilled: it does not end later ones.
            await place.broker.endSessions(ofUser: "NOBODY00", reason: "x")
            #expect(await place.broker.sessions().contains { $0.id == otherID.description && $0.username == other })
        }
    }

    @Test func aLoginWhoseNameTheListenerMayNotHaveHeardIsOneAllTheSame() async throws {
        try await BrokerPlace.run { place in
            let (name, password) = try place.makeUser()
            let id = SessionID.random()
            do {
                let first = try await place.readyListener()
                let session = try first.session(id: id)
                try session.authenticate(attempt: 1, username: name, password: password)
                close(try await session.nextReply().1)
                // The name is in the link, unread, when that breaks.
            }
            let second = try ScriptedListener(path: place.socketPath)
            _ = try await second.nextCommand()
            let session = try second.session(id: id)
            try second.report(.ready(ScriptedListener.status))
            #expect(try await second.nextCommand() == .named(id: id, username: name, usesWeakAlgorithms: false))
            async let ended: Void = place.broker.endSessions(ofUser: name, reason: "gone")
            #expect(try await session.nextReply().0 == .end(reason: "gone"))
            try second.report(.ended(SessionEnd(id: id, cause: "", signal: 0)))
            await ended
        }
    }

    @Test func aBlockOfItsAddressEndsNoSessionThatIsLoggedIn() async throws {
        try await BrokerPlace.run(protection: LoginProtection(blockAfterFailures: 1)) { place in
            let listener = try await place.readyListener()
            let (name, password) = try place.makeUser()
            let inside = try listener.session(id: .random(), address: "198.51.100.7:1")
            try inside.authenticate(attempt: 1, username: name, password: password)
            close(try await inside.nextReply().1)
            let guesser = try listener.session(id: .random(), address: "198.51.100.7:2")
            try guesser.authenticate(attempt: 1, username: "x", password: "y")
            #expect(try await guesser.nextReply().0 == .end(reason: "too many failed logins"))
            #expect(try await place.broker.unblock("198.51.100.7"))
            try inside.send(.traffic(bytesIn: 1, bytesOut: 1))
            async let ended: Void = place.broker.endSessions(ofUser: name, reason: "only now")
            #expect(try await inside.nextReply().0 == .end(reason: "only now"))
            await ended
        }
    }
}
