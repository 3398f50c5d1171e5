import Foundation
import Glibc
import LogTestSupport
import Registry
import SessionBroker
import SessionControl
import Testing

/// Failed logins at the broker, and what they lead to.
@Suite struct BlockTests {
    private let guesser = "198.51.100.7:1000"
    private let source = AddressSource(isIPv4: true, bits: 0xc633_6407)

    /// Makes so many wrong attempts on one connection, none of which is the one that blocks.
    private func fail(_ count: UInt32, _ session: ScriptedSession, username: String = "NOBODY00") async throws {
        for attempt in 1...count {
            try session.authenticate(attempt: attempt, username: username, password: "wrong")
            #expect(try await session.nextReply().0 == .denied(attempt: attempt))
        }
    }

    private func isBlock(_ command: ListenerCommand, seconds: ClosedRange<UInt32>) -> Bool {
        guard case .blocks(let blocks) = command, let block = blocks.first, blocks.count == 1 else { return false }
        return block.source == source && seconds.contains(block.seconds)
    }

    @Test func theListenerIsToldAndConnectionsOfTheSourceEndAndOthersLogIn() async throws {
        try await BrokerPlace.run(protection: LoginProtection(blockAfterFailures: 3)) { place in
            let listener = try await place.listener()
            let (name, password) = try place.makeUser()
            let idle = SessionID.random()
            let guessing = SessionID.random()
            let other = try listener.session(id: idle, address: "198.51.100.7:2000")
            let session = try listener.session(id: guessing, address: guesser)
            try await fail(2, session)
            try session.authenticate(attempt: 3, username: "NOBODY00", password: "wrong")
            #expect(isBlock(try await listener.nextCommand(), seconds: 59...60))
            #expect(try await session.nextReply().0 == .end(reason: "too many failed logins"))
            #expect(try await other.nextReply().0 == .end(reason: "too many failed logins"))
            let ended = [try await listener.nextCommand(), try await listener.nextCommand()]
            #expect(ended.contains(.end(id: idle)) && ended.contains(.end(id: guessing)))
            // The log has it by then.
            #expect(await place.broker.blocks().map(\.source) == ["198.51.100.7"])
            #expect(
                place.log.lines("warning address blocked").first?.contains(
                    "address=198.51.100.7 hint=DELETE /berth/v1/blocks/{address} ends it") == true)

            // Right or wrong: one that the listener let through before it heard.
            let late = try listener.session(id: .random(), address: "198.51.100.7:3000")
            try late.authenticate(attempt: 1, username: name, password: password)
            #expect(try await late.nextReply().0 == .end(reason: "too many failed logins"))

            let neighbour = try listener.session(id: .random(), address: "198.51.100.8:1000")
            try neighbour.authenticate(attempt: 1, username: name, password: password)
            let (reply, home) = try await neighbour.nextReply()
            #expect(reply == .granted(attempt: 1, limits: SessionLimits()))
            close(home)
        }
    }

    @Test func blocksOutliveTheBrokerAndAreToldToEveryListenerThatConnects() async throws {
        let directory = URL(filePath: "/tmp/berth-broker-\(UUID().uuidString.prefix(8))")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        let protection = LoginProtection(blockAfterFailures: 1, blockSeconds: 600)
        try await BrokerPlace.run(in: directory, protection: protection) { place in
            let listener = try await place.listener()
            let session = try listener.session(id: .random(), address: guesser)
            try session.authenticate(attempt: 1, username: "x", password: "y")
            #expect(try await session.nextReply().0 == .end(reason: "too many failed logins"))
        }
        try await BrokerPlace.run(in: directory, protection: protection) { place in
            for _ in 0..<2 {
                let listener = try await place.listener()
                #expect(isBlock(try await listener.nextCommand(), seconds: 560...600))
            }
            let blocks = await place.broker.blocks()
            #expect(blocks.map(\.source) == ["198.51.100.7"] && blocks.first?.failures == 1)
        }
        // Whom the operator trusts by now is free.
        var trusting = protection
        trusting.trustedNetworks = [try #require(AddressNetwork("198.51.100.0/24"))]
        try await BrokerPlace.run(in: directory, protection: trusting) { place in
            #expect(await place.broker.blocks().isEmpty)
        }
    }

    @Test func aBlockEndsAtOnceWhenItIsTakenAway() async throws {
        try await BrokerPlace.run(protection: LoginProtection(blockAfterFailures: 1)) { place in
            let listener = try await place.listener()
            let (name, password) = try place.makeUser()
            let session = try listener.session(id: .random(), address: guesser)
            try session.authenticate(attempt: 1, username: name, password: "wrong")
            #expect(isBlock(try await listener.nextCommand(), seconds: 59...60))
            _ = try await listener.nextCommand()
            #expect(try await !place.broker.unblock("198.51.100.8"))
            #expect(try await !place.broker.unblock("no address"))
            #expect(try await place.broker.unblock("198.51.100.7"))
            #expect(isBlock(try await listener.nextCommand(), seconds: 0...0))
            #expect(try place.registry.blocks().isEmpty)
            #expect(try await !place.broker.unblock("198.51.100.7"))
            let again = try listener.session(id: .random(), address: guesser)
            try again.authenticate(attempt: 1, username: name, password: password)
            let (reply, home) = try await again.nextReply()
            #expect(reply == .granted(attempt: 1, limits: SessionLimits()))
            close(home)
        }
    }

    @Test func aListenerOfTheVersionBeforeIsNotToldWhatItDoesNotKnow() async throws {
        try await BrokerPlace.run(protection: LoginProtection(blockAfterFailures: 1)) { place in
            let listener = try ScriptedListener(path: place.socketPath, version: 2)
            #expect(try await listener.nextCommand() == .configure(place.configuration))
            let id = SessionID.random()
            let session = try listener.session(id: id, address: guesser)
            try session.authenticate(attempt: 1, username: "x", password: "y")
            #expect(try await listener.nextCommand() == .end(id: id))
        }
    }

    @Test func trustedNetworksAreNeitherBlockedNorSlowedDown() async throws {
        let network = try #require(AddressNetwork("198.51.100.0/24"))
        let protection = LoginProtection(blockAfterFailures: 3, trustedNetworks: [network])
        try await BrokerPlace.run(protection: protection) { place in
            let listener = try await place.listener()
            for _ in 0..<10 { try await fail(5, try listener.session(id: .random(), address: guesser)) }
            #expect(await place.broker.blocks().isEmpty)
            #expect(place.log.lines("info login denied").allSatisfy { !$0.contains("delayed=") })
        }
    }

    @Test func anAnswerThatWaitsHoldsUpNobodyElseAndIsDecidedAnewWhenItIsRight() async throws {
        try await BrokerPlace.run(protection: LoginProtection(blockAfterFailures: 0)) { place in
            let listener = try await place.listener()
            let (name, password) = try place.makeUser()
            var guesses: [ScriptedSession] = []
            for _ in 0..<8 {
                guesses.append(try listener.session(id: .random(), address: guesser))
                try guesses.last?.authenticate(attempt: 1, username: "NOBODY00", password: "wrong")
            }
            // The next answer to this source waits for five seconds, right or wrong.
            let right = try listener.session(id: .random(), address: guesser)
            let wrong = try listener.session(id: .random(), address: guesser)
            try right.authenticate(attempt: 1, username: name, password: password)
            try wrong.authenticate(attempt: 1, username: "NOBODY00", password: "wrong")
            let other = try listener.session(id: .random(), address: "198.51.100.8:1")
            try other.authenticate(attempt: 1, username: "NOBODY00", password: "wrong")
            #expect(try await other.nextReply().0 == .denied(attempt: 1))
            let delayed = place.log.lines("info login denied").filter { $0.contains("delayed=5000ms") }
            #expect(delayed.count >= 1 && place.log.lines("info login granted").isEmpty)
            // Its right ends while it waits.
            #expect(try place.registry.deleteUser(named: name))
            #expect(try await right.nextReply().0 == .denied(attempt: 1))
            #expect(try await wrong.nextReply().0 == .denied(attempt: 1))
        }
    }

    @Test func anotherAttemptWhileTheAnswerWaitsBreaksTheRules() async throws {
        try await BrokerPlace.run(protection: LoginProtection(blockAfterFailures: 0)) { place in
            let listener = try await place.listener()
            let session = try listener.session(id: .random(), address: guesser)
            try await fail(2, session)
            try session.authenticate(attempt: 3, username: "x", password: "y")
            try session.authenticate(attempt: 4, username: "x", password: "y")
            #expect(try await session.nextReply().0 == .end(reason: "internal error"))
        }
    }

    @Test func whereAUserLogsInFromIsNotSlowedByGuessesFromElsewhere() async throws {
        try await BrokerPlace.run { place in
            let listener = try await place.listener()
            let (name, password) = try place.makeUser()
            let first = try listener.session(id: .random(), address: "192.0.2.1:1")
            try first.authenticate(attempt: 1, username: name, password: password)
            close(try await first.nextReply().1)
            var guesses: [ScriptedSession] = []
            for number in 0..<12 {
                let guess = try listener.session(id: .random(), address: "203.0.113.\(number):1")
                try guess.authenticate(attempt: 1, username: name, password: "wrong")
                guesses.append(guess)
            }
            while place.log.lines("info login denied").count < guesses.count { await Task.yield() }
            #expect(place.log.lines("info login denied").last?.contains("delayed=5000ms") == true)
            let started = ContinuousClock.now
            let again = try listener.session(id: .random(), address: "192.0.2.1:2")
            try again.authenticate(attempt: 1, username: name, password: password)
            let (reply, home) = try await again.nextReply()
            #expect(reply == .granted(attempt: 1, limits: SessionLimits()))
            close(home)
            // A stranger's would have waited for five.
            #expect(ContinuousClock.now - started < .seconds(4))
        }
    }
}
