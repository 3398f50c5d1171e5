import Glibc
import Testing

@testable import SSHTransport

/// Silent clients: asked whether they are there, and let go when they are not.
@Suite struct KeepAliveTests {
    private let start = MonotonicTime.now

    private func after(_ seconds: Int) -> MonotonicTime { start.adding(milliseconds: seconds * 1_000) }

    private func name(_ action: KeepAlive.Action) -> String { "\(action)" }

    @Test func threeQuestionsThenTheEnd() {
        var keepAlive = KeepAlive(seconds: 10, now: start)
        var seen: [String] = []
        for second in 0...40 {
            let action = name(keepAlive.action(at: after(second)))
            if action != "none" { seen.append("\(action) \(second)") }
        }
        #expect(seen == ["ask 10", "ask 20", "ask 30", "giveUp 40"])
    }

    @Test func anyPacketBeginsAnew() {
        var keepAlive = KeepAlive(seconds: 10, now: start)
        for second in [10, 20, 30] { _ = keepAlive.action(at: after(second)) }
        keepAlive.heard(at: after(39))
        #expect(name(keepAlive.action(at: after(40))) == "none")
        #expect(keepAlive.deadline == after(49))
        #expect(name(keepAlive.action(at: after(49))) == "ask")
    }

    @Test func zeroAsksNever() {
        var keepAlive = KeepAlive(seconds: 0, now: start)
        #expect(keepAlive.deadline == nil)
        #expect(name(keepAlive.action(at: after(1_000_000))) == "none")
    }

    /// A program with one thread that works on something between two requests hears no question meanwhile.
    @Test func aClientThatDoesNotAnswerStaysWhileItsMachineDoes() throws {
        let server = try TestServer(["--keep-alive", "1", "--idle", "7"])
        let client = try server.client("idle.py")
        _ = try client.line(beginning: "logged in")
        #expect(kill(client.pid, SIGSTOP) == 0)
        defer { kill(client.pid, SIGKILL) }
        #expect(try server.end().hasPrefix("idle"))
    }

    /// Both in a network of their own, which goes down.
    @Test(.enabled(if: TestServer.hasNetworksOfItsOwn))
    func aClientWhoseMachineIsOutOfReachIsGone() throws {
        let server = try TestServer(["--keep-alive", "1", "--idle", "0"], ownNetwork: true)
        let client = try server.client("idle.py")
        _ = try client.line(beginning: "logged in")
        #expect(try server.program(server.inside(["ip", "link", "set", "lo", "down"])).finish().status == 0)
        defer { kill(client.pid, SIGKILL) }
        #expect(try server.end().hasPrefix("gone"))
    }

    /// Each client answers in its own way, and the answers don't make it busy.
    @Test("a client that answers stays until it was idle for too long", arguments: ["paramiko", "OpenSSH"])
    func idle(_ kind: String) throws {
        let server = try TestServer(["--keep-alive", "1", "--idle", "7"])
        let started = MonotonicTime.now
        switch kind {
        case "paramiko":
            let client = try server.client("idle.py")
            #expect(try server.end().hasPrefix("idle"))
            #expect(try client.finish().status == 0)
        default:
            let client = try server.interactiveSFTP()
            #expect(try server.end().hasPrefix("idle"))
            try client.closeInput()
            _ = try client.finish()
        }
        // Unanswered questions would have ended it after 4 s.
        #expect(MonotonicTime.now.milliseconds(since: started) >= 6_900)
    }

    @Test func aClientsOwnQuestionsMakeItBusy() throws {
        let server = try TestServer(["--keep-alive", "0", "--idle", "2"])
        let client = try server.interactiveSFTP(options: ["-o", "ServerAliveInterval=1"])
        let started = MonotonicTime.now
        _ = try server.process.line(beginning: "attempt")
        // It would have been idle for three times as long.
        #expect(throws: TestProcess.Failure.self) { try server.process.line(beginning: "end", seconds: 6) }
        #expect(MonotonicTime.now.milliseconds(since: started) >= 5_900)
        try client.closeInput()
        #expect(try server.end().hasPrefix("clientLeft"))
    }

    /// New keys that the server asks for by the clock, on the occasion of a question.
    @Test func newKeysByTheClockDoNotMakeAClientBusy() throws {
        let server = try TestServer(["--keep-alive", "1", "--idle", "7", "--rekey-seconds", "2"])
        let client = try server.interactiveSFTP(options: ["-o", "LogLevel=DEBUG1"])
        #expect(try server.end().hasPrefix("idle"))
        try client.closeInput()
        let lines = try client.finish().output.split(whereSeparator: \.isNewline)
        // One before login, then one every two seconds.
        #expect(lines.count { $0.contains("SSH2_MSG_KEXINIT sent") } >= 3, "\(lines.joined(separator: "\n"))")
    }
}
