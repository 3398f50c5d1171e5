import Glibc
import SSHTransport
import SSHWire

/// One forked connection of the test server.
final class TestSession: SSHConnectionDelegate {
    private let server: SSHServer
    private let arguments: Arguments
    /// The answer to give, and when.
    private var answer: (AuthenticationAnswer, at: MonotonicTime)?

    init(server: SSHServer, arguments: Arguments) {
        self.server = server
        self.arguments = arguments
    }

    func run(_ descriptor: Int32) -> Never {
        signal(SIGPROF) { _ in
            say("end spinning")
            _exit(71)
        }
        do {
            let connection = try SSHConnection(
                descriptor: descriptor, control: -1, server: server, limits: arguments.limits, delegate: self)
            let end = connection.run()
            say("end \(describe(end)) \(usage())")
            exit(0)
        } catch {
            say("failed \(error)")
            exit(1)
        }
    }

    func connection(_ connection: SSHConnection, identifiedAs identification: [UInt8]) {
        say("identified \(String(decoding: identification, as: UTF8.self))")
    }

    func connection(_ connection: SSHConnection, attempted attempt: AuthenticationAttempt) {
        let isRight =
            attempt.username == Array("partner".utf8) && [UInt8](attempt.secret.bytes) == Array("secret-1".utf8)
        if !connection.weakAlgorithms.isEmpty { say("weak \(connection.weakAlgorithms.joined(separator: " "))") }
        say("attempt \(attempt.method) \(String(decoding: attempt.username, as: UTF8.self)) \(attempt.secret)")
        let result: AuthenticationAnswer = isRight ? .granted : .denied
        guard arguments.answerDelay > 0 else { return connection.answer(result) }
        answer = (result, at: MonotonicTime.now.adding(milliseconds: arguments.answerDelay))
    }

    func openSFTP(_ connection: SSHConnection) -> (any ChannelService)? { MiniSFTP() }

    func controlBecameReadable(_ connection: SSHConnection) {}

    func turn(_ connection: SSHConnection) -> Int? {
        guard let (result, at) = answer else { return nil }
        let rest = at.milliseconds(since: .now)
        guard rest <= 0 else { return rest }
        answer = nil
        connection.answer(result)
        return 0
    }

    func armWatchdog(_ connection: SSHConnection, seconds: UInt32) {
        var timer = itimerval()
        timer.it_value.tv_sec = Int(seconds)
        setitimer(__itimer_which_t(ITIMER_PROF.rawValue), &timer, nil)
    }

    func abandon(_ connection: SSHConnection, because end: ConnectionEnd) -> Never {
        say("end abandoned \(describe(end)) \(usage())")
        exit(0)
    }

    /// The end's name and what it carries, on one line.
    private func describe(_ end: ConnectionEnd) -> String {
        guard case .noCommonAlgorithm(let mismatch) = end else { return "\(end)" }
        let lacks = mismatch.lacks.map { "\($0.kind.name): \(String(decoding: $0.offered, as: UTF8.self))" }
        let legacy = mismatch.isAdmittedByLegacy.map { "\($0)" } ?? "unknown"
        return "noCommonAlgorithm legacy=\(legacy) \(lacks.joined(separator: "; "))"
    }

    /// Processor time in milliseconds, and the most memory that this process ever had resident, in KiB.
    private func usage() -> String {
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        func milliseconds(_ time: timeval) -> Int { time.tv_sec * 1_000 + Int(time.tv_usec) / 1_000 }
        return "user=\(milliseconds(usage.ru_utime)) system=\(milliseconds(usage.ru_stime)) peak=\(usage.ru_maxrss)"
    }
}
