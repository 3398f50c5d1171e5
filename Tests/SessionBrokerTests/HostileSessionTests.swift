import Foundation
import Glibc
import LogTestSupport
import Registry
import SSHWire
import SessionBroker
import SessionControl
import Synchronization
import Testing

/// A session process that somebody else has taken over, at the real broker.
@Suite struct HostileSessionTests {
    private func bytes(_ request: SessionRequest) -> [UInt8] {
        var queue = ByteQueue()
        request.encode(into: &queue)
        return [UInt8](queue.bytes)
    }

    private let event = SessionRequest.fileEvent(FileEventMessage(kind: .removed, path: Array("/x".utf8)))
    private let attempt = SessionRequest.authenticate(
        AuthenticationRequest(
            attempt: 1, username: [65], method: .password, credential: Secret(copying: [UInt8]([1]).span.bytes)))

    /// What no session may say before it is logged in, and what none may say after.
    private enum Crime: CaseIterable {
        case garbage, tooLong, eventBeforeLogin, trafficBeforeLogin, secondName, attemptsOutOfOrder
        case attemptAfterLogin, secondFarewell, eventOfNoKind

        var isAfterLogin: Bool { [.attemptAfterLogin, .secondFarewell, .eventOfNoKind].contains(self) }

        /// What the log calls it: each ends the session by itself, not by what follows it.
        var name: String {
            switch self {
            case .garbage, .eventOfNoKind: "unknownValue"
            case .tooLong: "oversized"
            case .eventBeforeLogin: "file event before login"
            case .trafficBeforeLogin: "traffic before login"
            case .secondName: "a second identification"
            case .attemptsOutOfOrder: "attempts out of order"
            case .attemptAfterLogin: "authentication after login"
            case .secondFarewell: "a second farewell"
            }
        }
    }

    private func messages(_ crime: Crime) -> [[UInt8]] {
        let name = bytes(.clientIdentification(Array("SSH-2.0-x".utf8)))
        let farewell = bytes(.closing(reason: "", bytesIn: 0, bytesOut: 0))
        return switch crime {
        case .garbage: [[UInt8](repeating: 0xa5, count: 100)]
        case .tooLong: [[UInt8](repeating: 1, count: SeqPacketSocket.messageLimit + 1)]
        case .eventBeforeLogin: [bytes(event)]
        case .trafficBeforeLogin: [bytes(.traffic(bytesIn: 1, bytesOut: 1))]
        case .secondName: [name, name]
        case .attemptsOutOfOrder:
            [
                bytes(attempt),
                bytes(
                    .authenticate(
                        AuthenticationRequest(
                            attempt: 7, username: [65], method: .password,
                            credential: Secret(copying: [UInt8]([1]).span.bytes)))),
            ]
        case .attemptAfterLogin: [bytes(attempt)]
        case .secondFarewell: [farewell, farewell]
        case .eventOfNoKind: [bytes(event).enumerated().map { $0.offset == 2 ? 0xff : $0.element }]
        }
    }

    @Test func whateverItMayNotSayEndsItWithOneLineOfTheLogAndNobodyElseNotices() async throws {
        let network = try #require(AddressNetwork("192.0.2.0/24"))
        try await BrokerPlace.run(protection: LoginProtection(trustedNetworks: [network])) { place in
            let listener = try await place.readyListener()
            let (name, password) = try place.makeUser()
            for crime in Crime.allCases {
                let id = SessionID.random()
                let bad = try listener.session(id: id, username: crime.isAfterLogin ? name : "")
                for message in messages(crime) { #expect(bad.send(unchecked: message)) }
                // And it goes on.
                for _ in 0..<50 { _ = bad.send(unchecked: bytes(event)) }
                var reply = try await bad.nextReply().0
                while reply == .denied(attempt: 1) { reply = try await bad.nextReply().0 }
                #expect(reply == .end(reason: "internal error"), "\(crime)")
                let command = try await listener.nextCommand()
                #expect(command == .end(id: id), "\(crime): \(command)")
                try listener.report(.ended(SessionEnd(id: id, cause: "", signal: 9)))
                let good = try listener.session(id: .random())
                try good.authenticate(attempt: 1, username: "x", password: "y")
                #expect(try await good.nextReply().0 == .denied(attempt: 1))
                let lines = place.log.lines("error session broke the rules").filter { $0.contains("\(id)") }
                #expect(lines.count == 1 && lines[0].contains(crime.name), "\(crime): \(lines)")
                #expect(place.log.lines("info file removed").isEmpty, "\(crime)")
            }
            let good = try listener.session(id: .random(), address: "192.0.2.2:1")
            try good.authenticate(attempt: 1, username: name, password: password)
            let (reply, home) = try await good.nextReply()
            #expect(reply == .granted(attempt: 1, limits: SessionLimits()))
            close(home)
        }
    }

    @Test func itHasNoMoreAttemptsThanItsClient() async throws {
        let network = try #require(AddressNetwork("192.0.2.0/24"))
        try await BrokerPlace.run(protection: LoginProtection(trustedNetworks: [network])) { place in
            let listener = try await place.readyListener()
            let session = try listener.session(id: .random())
            let most = place.configuration.maxAuthenticationAttempts
            for number in 1...most {
                try session.authenticate(attempt: number, username: "x", password: "y")
                #expect(try await session.nextReply().0 == .denied(attempt: number))
            }
            try session.authenticate(attempt: most + 1, username: "x", password: "y")
            #expect(try await session.nextReply().0 == .end(reason: "internal error"))
        }
    }

    @Test func descriptorsThatItSendsAreDropped() async throws {
        try await BrokerPlace.run { place in
            let listener = try await place.readyListener()
            let (name, _) = try place.makeUser()
            let path = place.directory.path + "/sent"
            let sent = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
            #expect(sent >= 0)
            defer { close(sent) }
            let session = try listener.session(id: .random(), username: name)
            for _ in 0..<100 {
                while !session.send(unchecked: bytes(event), passing: sent) { await Task.yield() }
            }
            // What comes after them has been read, so they have.
            try session.send(.authenticate(attemptRequest))
            #expect(try await session.nextReply().0 == .end(reason: "internal error"))
            let held = try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count {
                (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/\($0)")) == path
            }
            #expect(held == 1)
            #expect(place.log.lines("info file removed").count == 100)
        }
    }

    private var attemptRequest: AuthenticationRequest {
        AuthenticationRequest(
            attempt: 1, username: [65], method: .password, credential: Secret(copying: [UInt8]([1]).span.bytes))
    }

    @Test func aFloodIsReadSlowlyAndItsUserIsDeletedInTimeAndOthersAreAnsweredAtOnce() async throws {
        let network = try #require(AddressNetwork("192.0.2.0/24"))
        try await BrokerPlace.run(
            protection: LoginProtection(trustedNetworks: [network]),
            messageRate: MessageRate(burst: 300, perSecond: 200)
        ) { place in
            let listener = try await place.readyListener()
            let (name, _) = try place.makeUser()
            let id = SessionID.random()
            let flooding = try listener.session(id: id, username: name)
            let message = bytes(event)
            let isOver = Flag()
            let started = ContinuousClock.now
            // A thread of its own, which never waits and has the session's sending end to itself.
            nonisolated(unsafe) let sender = flooding
            Thread.detachNewThread { while !isOver.isSet { _ = sender.send(unchecked: message) } }
            defer { isOver.set() }
            for number in 1...20 {
                let asked = ContinuousClock.now
                let other = try listener.session(id: .random(), address: "192.0.2.9:\(number)")
                try other.authenticate(attempt: 1, username: "x", password: "y")
                #expect(try await other.nextReply().0 == .denied(attempt: 1))
                #expect(ContinuousClock.now - asked < .seconds(5))
                try await Task.sleep(for: .milliseconds(50))
            }
            let seconds = Double((ContinuousClock.now - started) / .seconds(1))
            let lines = place.log.lines("info file removed").count
            // With room for one turn, and for the time between the two looks.
            #expect(lines >= 300 && Double(lines) <= 300 + 200 * (seconds + 1) + 64, "\(lines) lines in \(seconds) s")
            #expect(place.log.lines("warning a session reports more").count == 1)
            async let ended: Void = place.broker.endSessions(ofUser: name, reason: "deleted")
            #expect(try await listener.nextCommand() == .end(id: id))
            try listener.report(.ended(SessionEnd(id: id, cause: "", signal: 9)))
            await ended
            #expect(place.log.lines("error sessions have not ended").isEmpty)
        }
    }
}

private final class Flag: Sendable {
    private let value = Atomic(false)

    var isSet: Bool { value.load(ordering: .relaxed) }

    func set() { value.store(true, ordering: .relaxed) }
}
