import Audit
import Foundation
import Glibc
import Registry
import SessionBroker
import SessionControl
import Synchronization
import Testing

/// What the broker takes down of sessions.
@Suite struct AuditTests {
    private static let id = SessionID(rawValue: 0x1234)

    @Test func aLoginItsFilesAndItsEndAreTakenDownInTheirOrder() async throws {
        let trail = EventRecorder()
        try await BrokerPlace.run(audit: trail) { place in
            let (name, password) = try place.makeUser()
            let listener = try await place.readyListener()
            let session = try listener.session(id: Self.id)
            try session.send(.clientIdentification(Array("SSH-2.0-a\\b".utf8) + [0xff]))
            try session.authenticate(attempt: 1, username: name, password: "wrong")
            _ = try await session.nextReply()
            try session.authenticate(attempt: 2, username: name, password: password)
            close(try await session.nextReply().1)
            _ = try await listener.nextCommand()
            try session.send(.fileEvent(FileEventMessage(kind: .written, path: Array("/a".utf8), sizeBytes: 7)))
            try session.send(
                .fileEvent(
                    FileEventMessage(kind: .renamed, path: Array("/a".utf8), otherPath: [0x2f, 0xe9, 0x5c, 0x0a])))
            try session.send(.closing(reason: "client left", bytesIn: 7, bytesOut: 9))
            try listener.report(.ended(SessionEnd(id: Self.id, cause: "", signal: 0)))
            try await trail.wait(for: 5)

            let client = AuditEvent.Detail("client", #"SSH-2.0-a\\b\xff"#)
            let events = trail.events
            #expect(events.map(\.name) == [.login, .login, .fileWritten, .fileRenamed, .sessionEnded])
            #expect(events.map(\.outcome) == [.denied, .granted, .granted, .granted, .done])
            #expect(events.map(\.actor) == [.unknown(claimed: name)] + Array(repeating: .user(name), count: 4))
            #expect(events.allSatisfy { $0.address == "192.0.2.1:50022" && $0.session == "\(Self.id)" })
            #expect(
                events.map(\.details).prefix(4) == [
                    [.init("method", "password"), .init("reason", "unknown user or wrong password"), client],
                    [.init("method", "password"), .init("home", "/a"), client],
                    [.init("path", "/a"), .init("bytes", .number(7))],
                    [.init("path", "/a"), .init("to", #"/\xe9\\\x0a"#)],
                ])
            #expect(
                events[4].details.filter { $0.name != "seconds" } == [
                    .init("reason", "client left"), .init("bytes_in", .number(7)), .init("bytes_out", .number(9)),
                ])
        }
    }

    @Test func aSessionThatNeverLoggedInIsTakenDownOnlyWhenItDied() async throws {
        let trail = EventRecorder()
        try await BrokerPlace.run(audit: trail) { place in
            let listener = try await place.readyListener()
            for (number, signal) in [(UInt64(1), UInt32(0)), (2, UInt32(SIGSEGV))] {
                _ = try listener.session(id: SessionID(rawValue: number))
                try listener.report(.ended(SessionEnd(id: SessionID(rawValue: number), cause: "", signal: signal)))
            }
            try await trail.wait(for: 1)
            #expect(trail.events.map(\.name) == [.sessionEnded] && trail.events.first?.actor == .unknown(claimed: nil))
            #expect(trail.events.first?.details.last == .init("signal", .number(Int64(SIGSEGV))))
        }
    }

    @Test func sessionsThatGoOnAndThoseThatBreakTheRulesAreTakenDown() async throws {
        let trail = EventRecorder()
        try await BrokerPlace.run(audit: trail) { place in
            let (name, _) = try place.makeUser()
            let listener = try await place.readyListener()
            let session = try listener.session(id: Self.id, username: name)
            try session.authenticate(attempt: 1, username: name, password: "x")
            try await trail.wait(for: 2)
            #expect(trail.events.map(\.name) == [.sessionAdopted, .sessionViolation])
            #expect(trail.events.last?.outcome == .denied && trail.events.last?.actor == .user(name))
            #expect(trail.events.last?.details == [.init("what", "authentication after login")])
        }
    }

    @Test func blocksAreTakenDownWithTheirReasonAndTheirEnd() async throws {
        let trail = EventRecorder()
        try await BrokerPlace.run(
            protection: LoginProtection(blockAfterFailures: 1, blockSeconds: 600), audit: trail
        ) { place in
            let listener = try await place.readyListener()
            let session = try listener.session(id: Self.id)
            try session.authenticate(attempt: 1, username: "nobody", password: "x")
            try await trail.wait(for: 2)
            #expect(try await place.broker.unblock("192.0.2.1"))
            #expect(trail.events.map(\.name) == [.login, .blockBegan, .blockEnded])
            #expect(trail.events.map(\.address) == ["192.0.2.1:50022", "192.0.2.1", "192.0.2.1"])
            #expect(
                trail.events[1].actor == .service && trail.events[1].details.first == .init("reason", "1 failed logins")
            )
            #expect(trail.events[2].details == [.init("reason", "removed over the API")])
        }
    }
}

/// Keeps what was taken down.
final class EventRecorder: AuditTrail {
    private let kept = Mutex<[AuditEvent]>([])

    var events: [AuditEvent] { kept.withLock { $0 } }

    func record(_ event: AuditEvent) { kept.withLock { $0.append(event) } }

    /// Waits until there are so many.
    func wait(for count: Int) async throws {
        let deadline = ContinuousClock.now + .seconds(30)
        while events.count < count {
            guard ContinuousClock.now < deadline else { throw ScriptedListener.TimedOut() }
            try await Task.sleep(for: .milliseconds(1))
        }
    }
}
