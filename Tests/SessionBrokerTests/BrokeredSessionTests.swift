import Glibc
import SSHWire
import SessionControl
import Testing

@testable import SessionBroker

@Suite struct BrokeredSessionTests {
    private func session(username: String = "") throws -> BrokeredSession {
        let ends = try SeqPacketSocket.pair()
        close(ends.1)
        return BrokeredSession(
            record: SessionRecord(id: .random(), address: "192.0.2.1:1", username: username, sinceSeconds: 0),
            descriptor: ends.0)
    }

    private func attempt(_ number: UInt32) -> SessionRequest {
        let secret = Secret(copying: [UInt8]("x".utf8).span.bytes)
        return .authenticate(
            SessionControl.AuthenticationRequest(attempt: number, username: [65], method: .password, credential: secret)
        )
    }

    private func isViolation(_ action: BrokeredSession.Action) -> Bool {
        if case .violation = action { true } else { false }
    }

    private func isAttempt(_ action: BrokeredSession.Action) -> Bool {
        if case .authenticate = action { true } else { false }
    }

    @Test func attemptsAreTakenInOrderOnly() throws {
        let session = try session()
        #expect(isAttempt(session.receive(attempt(1))))
        #expect(isAttempt(session.receive(attempt(2))))
        #expect(isViolation(session.receive(attempt(2))))
        #expect(isViolation(session.receive(attempt(4))))
    }

    @Test func nobodyLogsInTwice() throws {
        let session = try session(username: "ABCDEFGH")
        #expect(session.username == "ABCDEFGH")
        #expect(isViolation(session.receive(attempt(1))))
    }

    @Test func filesAreOnlyTouchedAfterLogin() throws {
        let event = SessionRequest.fileEvent(FileEventMessage(kind: .removed, path: [47]))
        #expect(isViolation(try session().receive(event)))
        if case .fileEvent = try session(username: "A").receive(event) {} else { Issue.record("refused after login") }
    }

    @Test func aSessionThatIsEndingGetsNoMoreAnswers() throws {
        let session = try session()
        session.stage = .ending(username: nil)
        #expect(!isAttempt(session.receive(attempt(1))))
    }

    @Test func foreignBytesAreEscapedWhereTheyAreNoText() {
        #expect(BrokeredSession.escaped([UInt8]("über".utf8)) == "über")
        #expect(BrokeredSession.escaped([0x41, 0x0a, 0xff, 0x20]) == "A\u{10FF0A}\u{10FFFF} ")
        // Text that has one of those scalars is shown by its bytes, too.
        #expect(BrokeredSession.escaped(Array("\u{10FFFF}".utf8)) == "\u{10FFF4}\u{10FF8F}\u{10FFBF}\u{10FFBF}")
        #expect(BrokeredSession.escaped(Array("\\xff".utf8)) == "\\xff")
    }
}
