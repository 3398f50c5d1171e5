import SSHWire
import Testing

@testable import SSHTransport

/// The rules of authentication, without a connection.
@Suite struct AuthenticationMachineTests {
    private let service = AuthenticationRequest.service(name: Array("ssh-userauth".utf8))
    private let user = Array("partner".utf8)

    private func secret(_ count: Int = 8) -> Secret {
        Secret(copying: [UInt8](repeating: 120, count: count).span.bytes)
    }

    private func started(maxAttempts: Int = 3) -> AuthenticationMachine {
        var machine = AuthenticationMachine(maxAttempts: maxAttempts)
        _ = machine.receive(service)
        return machine
    }

    /// The action's name without what it carries.
    private func name(_ action: AuthenticationAction) -> String {
        String("\(action)".prefix { $0 != "(" }.split(separator: ".").last ?? "")
    }

    @Test func onlyADecisionGrants() {
        var machine = started()
        #expect(name(machine.receive(.password(username: user, secret: secret()))) == "decide")
        #expect(machine.isDeciding && !machine.isGranted)
        #expect(name(machine.decide(granted: true)) == "admit")
        #expect(machine.isGranted)
    }

    @Test func aDecisionThatNobodyAskedForEnds() {
        var machine = started()
        #expect(name(machine.decide(granted: true)) == "end")
        #expect(!machine.isGranted)
    }

    @Test func nothingComesBeforeTheService() {
        for request in [AuthenticationRequest.none, .password(username: user, secret: secret()), .unsupported] {
            var machine = AuthenticationMachine(maxAttempts: 3)
            #expect(name(machine.receive(request)) == "end")
        }
    }

    @Test func aSecondRequestWhileDecidingEnds() {
        var machine = started()
        _ = machine.receive(.password(username: user, secret: secret()))
        #expect(name(machine.receive(.none)) == "end")
        #expect(name(machine.decide(granted: true)) == "end")
        #expect(!machine.isGranted)
    }

    @Test func theFirstNoneIsNoAttempt() {
        var machine = started(maxAttempts: 2)
        #expect(name(machine.receive(.none)) == "deny")
        #expect(name(machine.receive(.none)) == "deny")
        #expect(name(machine.receive(.none)) == "denyAndEnd")
    }

    @Test func failuresAreCountedAcrossMethods() {
        var machine = started(maxAttempts: 4)
        _ = machine.receive(.password(username: user, secret: secret()))
        #expect(name(machine.decide(granted: false)) == "deny")
        #expect(name(machine.receive(.unsupported)) == "deny")
        #expect(name(machine.receive(.interactive(username: user))) == "prompt")
        #expect(name(machine.receive(.interactiveAnswer(nil))) == "deny")
        _ = machine.receive(.interactive(username: user))
        #expect(name(machine.receive(.interactiveAnswer(secret()))) == "decide")
        #expect(name(machine.decide(granted: false)) == "denyAndEnd")
    }

    @Test func theAnswerBelongsToTheUserWhoWasAsked() {
        var machine = started()
        _ = machine.receive(.interactive(username: user))
        guard case .decide(let attempt) = machine.receive(.interactiveAnswer(secret())) else {
            Issue.record("not decided")
            return
        }
        #expect(attempt.username == user && attempt.method == .keyboardInteractive)
    }

    @Test(arguments: [(0, 8), (256, 8), (7, 0), (7, 1_025)])
    func oddLengthsAreDeniedUnasked(_ lengths: (user: Int, secret: Int)) {
        var machine = started()
        let request = AuthenticationRequest.password(
            username: [UInt8](repeating: 97, count: lengths.user), secret: secret(lengths.secret))
        #expect(name(machine.receive(request)) == "deny")
    }

    @Test func aSecretShowsNothing() {
        let secret = secret()
        #expect("\(secret)" == "<redacted>")
        #expect(String(reflecting: secret) == "<redacted>")
        #expect(Mirror(reflecting: secret).children.isEmpty)
        var text = ""
        dump(secret, to: &text)
        #expect(!text.contains("120") && !text.contains("x"))
    }
}
