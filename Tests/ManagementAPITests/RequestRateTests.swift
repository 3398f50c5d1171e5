import Audit
import HTTPTypes
import HummingbirdTesting
import LogTestSupport
import PrometheusMetrics
import Testing

@testable import ManagementAPI

/// Requests that come too fast, as their sender and those who look on see them.
@Suite struct RequestRateTests {
    let fixture: APIFixture

    init() throws {
        fixture = try APIFixture()
    }

    /// As many at once that the rate can't keep up with them, however slow the machine is; their statuses.
    private func flood(_ request: @escaping @Sendable (Int) async throws -> Answer) async throws -> [Int] {
        try await withThrowingTaskGroup(of: Int.self) { group in
            for number in 0..<40 {
                group.addTask {
                    let answer = try await request(number)
                    let isToldWhen = answer.isError("ThrottlingException", 429) && answer.headers[.retryAfter] == "1"
                    #expect(answer.status != 429 || isToldWhen, "\(answer)")
                    return answer.status
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
    }

    @Test func aKeyThatAsksTooOftenIsToldWhenToComeBackAndNothingIsDone() async throws {
        try await fixture.withClient(within: { $0.requestsPerSecondPerKey = 1 }) { client async throws in
            let statuses = try await flood { try await client.create("/home-\($0)") }
            let made = statuses.count { $0 == 201 }
            let refused = statuses.count { $0 == 429 }
            #expect(made >= 2 && refused > 0 && made + refused == 40, "\(statuses)")
            #expect((0..<40).count { fixture.homeExists("/home-\($0)") } == made)
            // Only who shows the key pays.
            let unknown = try await client.send(.get, Client.users, authorization: "Key x")
            #expect(unknown.isError("UnauthorizedException", 401))
            #expect(try await client.send(.get, "/readyz").status == 200)
            #expect(
                fixture.series("berth_http_requests_total").contains(
                    #"{method="POST",route="/2022-04-01/users",status="429"} \#(refused)"#))
        }
        #expect(fixture.log.text.contains("requests refused"))
    }

    @Test func theAuditLogHasNoRequestThatWasOneTooMany() async throws {
        try await fixture.withClient(within: { $0.requestsPerSecondPerKey = 1 }) { client async throws in
            let statuses = try await flood { _ in try await client.send(.delete, "\(Client.users)/AAAAAAAA") }
            #expect(statuses.contains(429))
            let written = fixture.trail.events.map { $0.details.first { $0.name == "status" } }
            #expect(written.count == statuses.count { $0 == 404 } && written.count >= 2)
            #expect(written.allSatisfy { $0 == .init("status", .number(404)) }, "\(written)")
        }
    }

    @Test func anAddressIsCountedBeforeItsKeyIsLookedUpAndHealthHasARateOfItsOwn() async throws {
        try await fixture.withLiveClient(within: { $0.requestsPerSecondPerAddress = 1 }) { client async throws in
            for (path, key) in [
                (Client.users, "Key x"), (Client.users, "Key \(client.key)"), ("/nothing", ""), ("/readyz", ""),
            ] {
                var answer = try await client.send(.get, path, authorization: key)
                for _ in 0..<100 where answer.status != 429 {
                    answer = try await client.send(.get, path, authorization: key)
                }
                #expect(answer.isError("ThrottlingException", 429) && answer.headers[.retryAfter] == "1", "\(path)")
            }
            #expect(try await client.send(.get, "/healthz").status == 200)
            var health = 200
            for _ in 0..<100 where health == 200 { health = try await client.send(.get, "/healthz").status }
            #expect(health == 429)
        }
    }

    @Test func connectionsThatAreRefusedAreCountedByTheirReason() async throws {
        try await fixture.withLiveClient(within: { $0.maxConnectionsPerAddress = 1 }) { client async throws in
            #expect(try await client.send(.get, "/healthz").status == 200)
            let port = try #require(client.client.port)
            let answer = try await exchange("GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n", port: port)
            #expect(answer.hasPrefix("HTTP/1.1 503") && answer.contains("ServiceUnavailableException"), "\(answer)")
        }
        #expect(
            fixture.series("berth_http_connections_refused_total") == [
                #"{reason="address"} 1"#, #"{reason="busy"} 0"#, #"{reason="rate"} 0"#, #"{reason="room"} 0"#,
            ])
    }
}
