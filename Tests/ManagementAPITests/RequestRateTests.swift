import Audit
import Foundation
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

    /// So many requests over one connection; the statuses of the answers, and the last answer.
    private func ask(
        _ client: Client, _ path: String, key: String, count: Int = 100
    ) async throws -> (statuses: [Int], last: String) {
        let request = "GET \(path) HTTP/1.1\r\nHost: a\r\nAuthorization: \(key)\r\n\r\n"
        let port = try #require(client.client.port)
        let answers = try await exchange(String(repeating: request, count: count), port: port)
            .components(separatedBy: "HTTP/1.1 ").dropFirst()
        return (answers.compactMap { Int($0.prefix(3)) }, answers.last?.lowercased() ?? "")
    }

    @Test func anAddressIsCountedBeforeItsKeyIsLookedUpAndHealthHasARateOfItsOwn() async throws {
        try await fixture.withLiveClient(within: { $0.requestsPerSecondPerAddress = 5 }) { client async throws in
            for (path, key, others) in [
                (Client.users, "Key x", 401), (Client.users, "Key \(client.key)", 200), ("/nothing", "Key x", 404),
                ("/readyz", "Key x", 200),
            ] {
                let (statuses, last) = try await ask(client, path, key: key)
                // The first takes what there is; of the others some are told at once.
                #expect(statuses.count >= (others == 401 ? 11 : 1) && statuses.count < 100, "\(path): \(statuses)")
                #expect(statuses.last == 429 && statuses.dropLast().allSatisfy { $0 == others }, "\(path): \(statuses)")
                #expect(last.contains("throttlingexception") && last.contains("retry-after: 1\r\n"), "\(last)")
                #expect(last.contains("connection: close\r\n"), "\(last)")
            }
            let health = try await ask(client, "/healthz", key: "Key x").statuses
            #expect(health.count > 10 && health.prefix(10).allSatisfy { $0 == 200 }, "\(health)")
            #expect(health.last == 429, "\(health)")
        }
    }

    @Test func nothingBehindARequestThatWasOneTooManyIsDone() async throws {
        try await fixture.withLiveClient(within: { $0.requestsPerSecondPerAddress = 2 }) { client async throws in
            let requests = (0..<100).map { number in
                let body = #"{"homeDirectory":"/home-\#(number)","description":"d"}"#
                return "POST \(Client.users) HTTP/1.1\r\nHost: a\r\nAuthorization: Key \(client.key)\r\n"
                    + "Content-Length: \(body.utf8.count)\r\n\r\n\(body)"
            }
            let answers = try await exchange(requests.joined(), port: try #require(client.client.port))
            let statuses = answers.components(separatedBy: "HTTP/1.1 ").dropFirst().map { $0.prefix(3) }
            let made = statuses.count - 1
            #expect(made >= 4 && statuses == Array(repeating: "201", count: made) + ["429"], "\(statuses)")
            #expect((0..<100).count { fixture.homeExists("/home-\($0)") } == made)
        }
        // Nor is it looked at.
        let series = fixture.series("berth_http_requests_total").filter { $0.contains(#"status="429""#) }
        #expect(series.count == 1 && series[0].hasSuffix(" 1"), "\(series)")
    }

    @Test func aKeyThatIsRefusedKeepsItsConnection() async throws {
        try await fixture.withLiveClient(within: { $0.requestsPerSecondPerKey = 1 }) { client async throws in
            let request = "GET \(Client.users) HTTP/1.1\r\nHost: a\r\nAuthorization: Key \(client.key)\r\n"
            let last = "GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
            let requests = String(repeating: request + "\r\n", count: 40) + last
            let answers = try await exchange(requests, port: try #require(client.client.port))
            let statuses = answers.components(separatedBy: "HTTP/1.1 ").dropFirst().map { $0.prefix(3) }
            #expect(statuses.count == 41 && statuses.contains("429") && statuses.last == "200", "\(statuses)")
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
