import Logging
import NIOHTTP1
import Testing

@testable import BerthClient

/// What a client says of changes whose outcome it does not know.
@Suite struct DoubtTests: ClientTests {
    @Test(arguments: [
        ScriptedServer.Step.hangUp, .answer(500), .answer(502), .answer(503, body: "<html>"),
        Answers.error(504, "SftpProvisioningTimeout"), Answers.error(500, "UnmappedException"),
    ])
    func `a user whose creation may have been carried out is not created again`(step: ScriptedServer.Step) async throws
    {
        try await ScriptedServer.with([step, .answer(201, body: Answers.createdUser)]) { server, base in
            let error = try await failure(of: Self.creation, by: client(base))
            #expect(server.requests.count == 1, "\(error)")
            // The service's own 504 says that it gave up before.
            #expect(error.mayHaveBeenCarriedOut == (error.name != "SftpProvisioningTimeout"), "\(error)")
        }
    }

    @Test func `a change that an earlier attempt may have made is in doubt, whatever the last answer is`() async throws
    {
        let update = UpdateUserCommand(username: "U", description: "Acme Inc")
        let refusal = Answers.error(403, "AccessDeniedException")
        for first in [ScriptedServer.Step.hangUp, .answer(502)] {
            try await ScriptedServer.with([first, refusal]) { server, base in
                let error = try await failure(of: update, by: client(base))
                guard case .accessDenied(let failure) = error else { throw Unexpected(description: "\(error)") }
                #expect(failure.mayHaveBeenCarriedOut && server.requests.count == 2)
            }
        }
        try await ScriptedServer.with([Answers.error(503, "ServiceUnavailableException"), refusal]) { _, base in
            let error = try await failure(of: update, by: client(base))
            #expect(!error.mayHaveBeenCarriedOut, "\(error)")
        }
        // Nothing is in doubt of what only reads.
        for step in [ScriptedServer.Step.answer(500), .answer(200, body: "<html>")] {
            try await ScriptedServer.with([step]) { _, base in
                let error = try await failure(of: ReadUserCommand(username: "U"), by: client(base))
                #expect(!error.mayHaveBeenCarriedOut, "\(error)")
            }
        }
    }

    @Test(arguments: ["", "[]", "{}", #"{"username":7}"#, "<html>"])
    func `an answer that is none of the operation's is said to be so, without its content`(body: String) async throws {
        try await ScriptedServer.with([.answer(201, body: body)]) { _, base in
            let error = try await failure(of: Self.creation, by: client(base))
            guard case .unexpectedResponse(let failure) = error else { throw Unexpected(description: "\(error)") }
            #expect(failure.message == "The answer is not what CreateUser gives.")
            #expect(failure.mayHaveBeenCarriedOut, "its password is lost, and the user is there")
        }
    }

    @Test func `a cancelled task gets no answer`() async throws {
        try await ScriptedServer.with([.silence]) { server, base in
            let client = try client(base)
            let task = Task { try await failure(of: ReadUserCommand(username: "U"), by: client) }
            try await untilCount(1, of: server)
            task.cancel()
            guard case .cancelled(let failure) = try await task.value else { throw Unexpected(description: "another") }
            #expect(!failure.mayHaveBeenCarriedOut && failure.attempts == 1)
        }
    }

    @Test func `a creation that was cancelled may have been carried out`() async throws {
        try await ScriptedServer.with([.silence]) { server, base in
            let client = try client(base)
            let task = Task { try await failure(of: Self.creation, by: client) }
            try await untilCount(1, of: server)
            task.cancel()
            guard case .cancelled(let failure) = try await task.value else { throw Unexpected(description: "another") }
            #expect(failure.mayHaveBeenCarriedOut && failure.attempts == 1)
            #expect(failure.requestID == server.requests.first?.headers.first(name: "x-request-id"))
        }
    }

    @Test func `a creation that was refused and is cancelled before the next attempt was not carried out`() async throws
    {
        let refusal = Answers.error(429, "ThrottlingException", headers: [("Retry-After", "30")])
        try await ScriptedServer.with([refusal]) { server, base in
            let log = CollectedLog()
            let client = try client(base, logger: Logger(label: "test") { _ in log })
            let task = Task { try await failure(of: Self.creation, by: client) }
            for _ in 0..<2_000 where !log.text.contains("tried again") { try await Task.sleep(for: .milliseconds(5)) }
            task.cancel()
            guard case .cancelled(let failure) = try await task.value else { throw Unexpected(description: "another") }
            #expect(!failure.mayHaveBeenCarriedOut && failure.attempts == 1 && server.requests.count == 1)
        }
    }
}
