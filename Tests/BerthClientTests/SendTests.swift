import Foundation
import Logging
import NIOHTTP1
import ServiceTestSupport
import Testing

@testable import BerthClient

/// How a client behaves when the network or the service fails.
@Suite struct SendTests: ClientTests {
    @Test func `a request carries key, id and type, and the answer its metadata`() async throws {
        try await ScriptedServer.with(
            [.answer(201, headers: [("X-Request-Id", "theirs")], body: Answers.createdUser)]
        ) { server, base in
            let output = try await client(base).send(Self.creation)
            #expect(output.username == "VVJ9PRKM" && output.port == 2_222 && output.lastConnectedDate == nil)
            #expect(output.password.revealed() == "s3cret0fAcme1234" && !"\(output)".contains("s3cret0f"))
            #expect(output.metadata == ResponseMetadata(httpStatusCode: 201, requestID: "theirs", attempts: 1))
            let request = try #require(server.requests.first)
            #expect(request.headers["authorization"] == ["Key berth_testkey"])
            #expect(request.headers["content-type"] == ["application/json"])
            #expect(request.headers["content-length"] == [String(request.body.utf8.count)])
            #expect(request.headers.first(name: "x-request-id").flatMap(UUID.init(uuidString:)) != nil)
            #expect(request.body == #"{"description":"Acme Corp","homeDirectory":"/partners/acme"}"#)
        }
    }

    @Test func `an answer that was lost is asked for again, with the same request id`() async throws {
        try await ScriptedServer.with([.hangUp, .hangUp, .answer(200, body: Answers.user)]) { server, base in
            let output = try await client(base).send(ReadUserCommand(username: "VVJ9PRKM"))
            #expect(output.username == "VVJ9PRKM" && output.metadata.attempts == 3)
            #expect(Set(server.requests.compactMap { $0.headers.first(name: "x-request-id") }).count == 1)
            #expect(output.metadata.requestID == server.requests.first?.headers.first(name: "x-request-id"))
        }
    }

    @Test func `a creation that was not carried out is tried again`() async throws {
        let steps: [ScriptedServer.Step] = [
            Answers.error(503, "ServiceUnavailableException"),
            Answers.error(429, "ThrottlingException", headers: [("Retry-After", "0")]),
            // Of an address that asks too often the connection ends.
            Answers.error(429, "ThrottlingException", headers: [("Retry-After", "0"), ("Connection", "close")]),
            .answer(201, body: Answers.createdUser),
        ]
        try await ScriptedServer.with(steps) { server, base in
            let made = try await client(base, retries: RetryPolicy(maximumAttempts: 4, baseDelay: .milliseconds(1)))
                .send(Self.creation)
            #expect(made.metadata.attempts == 4)
            #expect(server.requests.count == 4)
        }
    }

    @Test func `Retry-After is waited for`() async throws {
        let steps = [
            Answers.error(429, "ThrottlingException", headers: [("Retry-After", "1")]),
            .answer(200, body: Answers.user),
        ]
        try await ScriptedServer.with(steps) { _, base in
            let clock = ContinuousClock()
            let started = clock.now
            _ = try await client(base).send(ReadUserCommand(username: "U"))
            #expect(clock.now - started >= .seconds(1))
        }
    }

    @Test func `a Retry-After beyond the time for all attempts ends it at once`() async throws {
        let step = Answers.error(429, "ThrottlingException", message: "Slow down.", headers: [("Retry-After", "3600")])
        try await ScriptedServer.with([step]) { server, base in
            let error = try await failure(of: ReadUserCommand(username: "U"), by: client(base))
            guard case .throttling(let failure) = error else { throw Unexpected(description: "\(error)") }
            #expect(failure.message == "Slow down." && failure.metadata.attempts == 1 && server.requests.count == 1)
        }
    }

    @Test func `when nobody listens, nothing was sent, and that is said`() async throws {
        let port = try FreePort.next()
        let client = try client("http://127.0.0.1:\(port)/2022-04-01", total: .seconds(600))
        for error in [
            try await failure(of: Self.creation, by: client),
            try await failure(of: ReadUserCommand(username: "U"), by: client),
        ] {
            guard case .unreachable(let failure) = error else { throw Unexpected(description: "\(error)") }
            #expect(!failure.mayHaveBeenCarriedOut && failure.attempts == 3)
            #expect(failure.reason.lowercased().contains("refused"), "\(failure.reason)")
            #expect(error.description.contains("us") && error.description.contains("127.0.0.1:\(port)"))
        }
    }

    @Test func `an attempt has its time, and all of them have theirs`() async throws {
        try await ScriptedServer.with([.silence]) { server, base in
            let error = try await failure(
                of: ReadUserCommand(username: "U"), by: client(base, attempt: .milliseconds(100)))
            guard case .timedOut(let failure) = error else { throw Unexpected(description: "\(error)") }
            #expect(failure.attempts == 3 && !failure.mayHaveBeenCarriedOut && server.requests.count == 3)
        }
        try await ScriptedServer.with([.silence]) { server, base in
            let error = try await failure(
                of: ReadUserCommand(username: "U"), by: client(base, total: .milliseconds(100)))
            guard case .timedOut(let failure) = error else { throw Unexpected(description: "\(error)") }
            #expect(failure.attempts == 1 && server.requests.count == 1)
        }
    }

    @Test func `a creation that timed out is not tried again, and may have been carried out`() async throws {
        try await ScriptedServer.with([.silence]) { server, base in
            let error = try await failure(of: Self.creation, by: client(base, attempt: .milliseconds(200)))
            guard case .timedOut(let failure) = error else { throw Unexpected(description: "\(error)") }
            #expect(failure.attempts == 1 && failure.mayHaveBeenCarriedOut && server.requests.count == 1)
            #expect(failure.requestID == server.requests.first?.headers.first(name: "x-request-id"))
        }
    }

    @Test func `time-outs that never come are no fault`() async throws {
        try await ScriptedServer.with([.hangUp, .answer(200, body: Answers.user)]) { _, base in
            let client = try client(base, attempt: .seconds(Int64.max), total: .seconds(Int64.max))
            #expect(try await client.send(ReadUserCommand(username: "VVJ9PRKM")).username == "VVJ9PRKM")
        }
    }

    @Test func `a delete whose answer was lost is done when the user is gone`() async throws {
        let missing = Answers.error(404, "ResourceNotFoundException")
        try await ScriptedServer.with([.hangUp, missing]) { _, base in
            let output = try await client(base).send(DeleteUserCommand(username: "U"))
            #expect(output.metadata.httpStatusCode == 404 && output.metadata.attempts == 2)
        }
        // Somebody else's 404 says nothing of the user.
        for other in [Answers.error(404, "UnknownOperationException"), .answer(404, body: "<html>")] {
            try await ScriptedServer.with([.hangUp, other]) { _, base in
                _ = try await failure(of: DeleteUserCommand(username: "U"), by: client(base))
            }
        }
        try await ScriptedServer.with([Answers.error(503, "ServiceUnavailableException"), missing]) { _, base in
            let error = try await failure(of: DeleteUserCommand(username: "U"), by: client(base))
            guard case .resourceNotFound = error else { throw Unexpected(description: "\(error)") }
        }
    }

    @Test func `a destroyed client sends nothing, and what is under way ends`() async throws {
        try await ScriptedServer.with([.silence]) { server, base in
            let client = try client(base)
            async let pending = failure(of: ReadUserCommand(username: "U"), by: client)
            try await untilCount(1, of: server)
            client.destroy()
            client.destroy()
            #expect(try await pending == .destroyed)
            #expect(try await failure(of: ReadUserCommand(username: "U"), by: client) == .destroyed)
            #expect(server.requests.count == 1)
        }
    }

    @Test func `a client that nothing refers to ends by itself`() async throws {
        try await ScriptedServer.with([.answer(200, body: Answers.user)]) { server, base in
            for _ in 0..<3 { _ = try await client(base).send(ReadUserCommand(username: "U")) }
            #expect(server.requests.count == 3)
        }
    }

    @Test func `a redirect is not followed, so that the key goes nowhere else`() async throws {
        try await ScriptedServer.with([.answer(200, body: Answers.user)]) { other, elsewhere in
            let step = ScriptedServer.Step.answer(307, headers: [("Location", elsewhere + "/users/U")])
            try await ScriptedServer.with([step]) { _, base in
                let error = try await failure(of: ReadUserCommand(username: "U"), by: client(base))
                guard case .unexpectedResponse = error else { throw Unexpected(description: "\(error)") }
            }
            #expect(other.requests.isEmpty)
        }
    }

    @Test func `attempts are logged with region and request id, and never a secret`() async throws {
        let log = CollectedLog()
        let logger = Logger(label: "test") { _ in log }
        try await ScriptedServer.with([.hangUp, .answer(200, body: Answers.createdUser)]) { server, base in
            _ = try await client(base, logger: logger).send(ReadUserCommand(username: "U"))
            let id = try #require(server.requests.first?.headers.first(name: "x-request-id"))
            let text = log.text
            #expect(text.contains("request is tried again") && text.contains("request ended"), "\(text)")
            #expect(text.contains("us") && text.contains(id) && text.contains("ReadUser"))
            #expect(!text.contains("berth_testkey") && !text.contains("s3cret0f"))
        }
    }
}
