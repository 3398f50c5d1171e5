import Glibc
import SFTPTestSupport
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
        let other = try self.session()
        #expect(isAttempt(other.receive(attempt(2))))
        #expect(isViolation(other.receive(attempt(4))))
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

    /// Requests in an order drawn by chance, beside a plain list of what is allowed.
    @Test func inWhateverOrderOnlyWhatIsAllowedHasAnEffect() throws {
        var random = SplitMix64(seed: TestSeed.value(fixed: 11))
        var granted = 0
        var violations = 0
        for _ in 0..<5_000 {
            let session = try session()
            var last: UInt32?
            var seen: Set<String> = []
            var isBroken = false
            for _ in 0..<12 {
                // What the broker does in between.
                if Int.random(in: 0..<8, using: &random) == 0, case .anonymous = session.stage {
                    session.stage = .granted(username: "A")
                    granted += 1
                } else if Int.random(in: 0..<30, using: &random) == 0 {
                    session.stage = .ending(username: session.username)
                }
                let stage = session.stage
                let isInside = session.username != nil
                var isAllowed: Bool
                let request: SessionRequest
                switch Int.random(in: 0..<5, using: &random) {
                case 0:
                    let number =
                        Bool.random(using: &random) ? (last ?? 0) + 1 : UInt32.random(in: 0...9, using: &random)
                    request = attempt(number)
                    isAllowed = stage == .anonymous(lastAttempt: last) && (last.map { number == $0 + 1 } ?? true)
                    if case .ending = stage { isAllowed = true }
                    if isAllowed, !isBroken, case .anonymous = stage { last = number }
                case 1:
                    request = .clientIdentification([66])
                    isAllowed = seen.insert("name").inserted
                case 2:
                    request = .traffic(bytesIn: .random(in: 0...9, using: &random), bytesOut: 1)
                    isAllowed = isInside
                case 3:
                    request = .fileEvent(FileEventMessage(kind: .removed, path: [47]))
                    isAllowed = isInside
                default:
                    request = .closing(reason: "r", bytesIn: .random(in: 0...9, using: &random), bytesOut: 0)
                    isAllowed = seen.insert("farewell").inserted
                }
                let before = (session.bytesIn, session.client, session.closingReason)
                let action = session.receive(request)
                if isBroken || !isAllowed {
                    #expect(isViolation(action) == !isBroken, "\(request) in \(stage)")
                    #expect(
                        (session.bytesIn, session.client, session.closingReason) == before && session.stage == stage)
                    isBroken = true
                    violations += 1
                } else {
                    #expect(!isViolation(action), "\(request) in \(stage)")
                    if case .ending = stage { #expect(!isAttempt(action)) }
                    #expect(session.bytesIn >= before.0)
                }
            }
        }
        #expect(granted > 1_000 && violations > 1_000)
    }

    @Test func foreignBytesAreEscapedWhereTheyAreNoText() {
        #expect(BrokeredSession.escaped([UInt8]("über".utf8)) == "über")
        #expect(BrokeredSession.escaped([0x41, 0x0a, 0xff, 0x20]) == "A\u{10FF0A}\u{10FFFF} ")
        // Text that has one of those scalars is shown by its bytes, too.
        #expect(BrokeredSession.escaped(Array("\u{10FFFF}".utf8)) == "\u{10FFF4}\u{10FF8F}\u{10FFBF}\u{10FFBF}")
        #expect(BrokeredSession.escaped(Array("\\xff".utf8)) == "\\xff")
    }
}
