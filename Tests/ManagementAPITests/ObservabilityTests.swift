import Audit
import Foundation
import HTTPTypes
import HummingbirdTesting
import PrometheusMetrics
import Registry
import Testing

@testable import ManagementAPI

@Suite struct ObservabilityTests {
    let fixture: APIFixture

    init() throws {
        fixture = try APIFixture()
    }

    @Test func metricsTakeTheirRightOrThatOfAnAdmin() async throws {
        let others = Set(AccessRight.allCases).subtracting([.admin, .readMetrics])
        let reader = try fixture.registry.createAPIKey(name: "m", rights: [.readMetrics]).1.revealed()
        let other = try fixture.registry.createAPIKey(name: "o", rights: others).1.revealed()
        try await fixture.withClient { client async throws in
            #expect(try await client.send(.get, "/metrics", authorization: "").isError("UnauthorizedException", 401))
            #expect(
                try await client.send(.get, "/metrics", authorization: "Key \(other)").isError(
                    "AccessDeniedException", 403))
            #expect(
                try await client.send(.get, Client.users, authorization: "Key \(reader)").isError(
                    "AccessDeniedException", 403))
            for key in [reader, client.key] {
                let answer = try await client.send(.get, "/metrics", authorization: "Bearer \(key)")
                #expect(answer.status == 200 && answer.text.contains("# TYPE berth_http_requests_total counter\n"))
                #expect(answer.headers[.contentType] == "text/plain; version=0.0.4; charset=utf-8")
            }
            let head = try await client.send(.head, "/metrics")
            #expect(head.status == 200 && head.text.isEmpty)
            let post = try await client.send(.post, "/metrics", "{}")
            #expect(post.isError("MethodNotAllowedException", 405) && post.headers[.allow] == "GET, HEAD")
        }
    }

    @Test func requestsAreCountedByTheirRouteAndNeverByTheirPath() async throws {
        try await fixture.withClient { client async throws in
            for name in ["AAAAAAAA", "B", "%2e%2e"] { _ = try await client.send(.get, "\(Client.users)/\(name)") }
            for path in ["/", "/a", "/b/c", "/2022-04-01"] { _ = try await client.send(.get, path) }
            _ = try await client.create()
            _ = try await client.send(.get, Client.users, authorization: "")
            _ = try await client.send(.delete, Client.users)
            for name in ["BREW", "PROPFIND"] {
                let method = try #require(HTTPRequest.Method(rawValue: name))
                _ = try await client.send(method, "/berth/v1/users/X/algorithms")
            }
        }
        #expect(
            fixture.series("berth_http_requests_total") == [
                #"{method="DELETE",route="/2022-04-01/users",status="405"} 1"#,
                #"{method="GET",route="/2022-04-01/users",status="401"} 1"#,
                #"{method="GET",route="/2022-04-01/users/{username}",status="404"} 3"#,
                #"{method="GET",route="unmatched",status="404"} 4"#,
                #"{method="POST",route="/2022-04-01/users",status="201"} 1"#,
                #"{method="other",route="/berth/v1/users/{username}/algorithms",status="405"} 2"#,
            ])
        #expect(
            fixture.series("berth_http_request_duration_seconds_count") == [
                #"{method="DELETE",route="/2022-04-01/users"} 1"#, #"{method="GET",route="/2022-04-01/users"} 1"#,
                #"{method="GET",route="/2022-04-01/users/{username}"} 3"#, #"{method="GET",route="unmatched"} 4"#,
                #"{method="POST",route="/2022-04-01/users"} 1"#,
                #"{method="other",route="/berth/v1/users/{username}/algorithms"} 2"#,
            ])
    }

    @Test func whateverClientsSendSeriesStayFew() async throws {
        try await fixture.withClient { client async throws in
            for number in 0..<300 {
                let method = try #require(HTTPRequest.Method(rawValue: "M\(number)"))
                _ = try await client.send(method, "/\(number)")
                _ = try await client.send(.get, "\(Client.users)/\(number)")
                _ = try await client.send(method, "/berth/v1/blocks/\(number)")
            }
        }
        #expect(fixture.series("berth_http_requests_total").count == 3)
    }

    @Test func bytesThatAreNoRequestAreCounted() async throws {
        try await fixture.withLiveClient { client async throws in
            let answer = try await exchange("nonsense\r\n\r\n", port: try #require(client.client.port))
            #expect(answer.hasPrefix("HTTP/1.1 400"))
        }
        #expect(
            fixture.series("berth_http_requests_total") == [#"{method="other",route="invalid",status="400"} 1"#])
    }

    @Test func changesAreTakenDownAndReadingIsNot() async throws {
        let name = try await changeEverything()
        let key = AuditEvent.Actor.apiKey(id: 1, name: "tests")
        let events = fixture.trail.events
        #expect(events.allSatisfy { $0.name == .apiRequest && $0.actor == key && $0.request?.isEmpty == false })
        #expect(
            events.map(\.outcome) == [.granted, .failed, .granted, .granted, .granted, .failed, .failed])
        #expect(
            events.map(\.details) == [
                [
                    .init("operation", "CreateUser"), .init("status", .number(201)), .init("user", name),
                    .init("home", "/a"),
                ],
                [
                    .init("operation", "CreateUser"), .init("status", .number(400)),
                    .init("error", "ValidationException"),
                ],
                [
                    .init("operation", "UpdateUser"), .init("target", name), .init("status", .number(200)),
                    .init("home", "/b"),
                ],
                [
                    .init("operation", "SetAlgorithms"), .init("target", name), .init("status", .number(200)),
                    .init("legacy_algorithms", .flag(true)),
                ],
                [.init("operation", "DeleteUser"), .init("target", name), .init("status", .number(204))],
                [
                    .init("operation", "DeleteUser"), .init("target", name), .init("status", .number(404)),
                    .init("error", "ResourceNotFoundException"),
                ],
                [
                    .init("operation", "DeleteBlock"), .init("target", "2001:db8::/64"), .init("status", .number(404)),
                    .init("error", "ResourceNotFoundException"),
                ],
            ])
    }

    private func changeEverything() async throws -> String {
        let fixture = fixture
        let name = NameBox()
        try await fixture.withClient { client async throws in
            let created = try await client.create("/a")
            await name.set(created.username)
            let path = "\(Client.users)/\(created.username)"
            _ = try await client.send(.post, Client.users, "{}")
            _ = try await client.send(.put, path, #"{"homeDirectory":"/b"}"#)
            _ = try await client.send(
                .put, "/berth/v1/users/\(created.username)/algorithms", #"{"legacyAlgorithms":true}"#)
            for _ in 0..<2 { _ = try await client.send(.delete, path) }
            _ = try await client.send(.delete, "/berth/v1/blocks/2001:db8::%2F64")
            // None of these is anybody's business.
            for reading in ["/healthz", "/readyz", "/metrics", Client.users, path, "/nothing"] {
                for method in [HTTPRequest.Method.get, .head] { _ = try await client.send(method, reading) }
            }
            _ = try await client.send(.delete, Client.users)
        }
        return await name.value
    }

    private actor NameBox {
        var value = ""
        func set(_ text: String) { value = text }
    }

    @Test func whoIsRefusedForTheKeyIsTakenDownAlsoWhenReading() async throws {
        let reader = try fixture.registry.createAPIKey(name: "reader", rights: [.readUsers])
        let secret = reader.1.revealed()
        try await fixture.withClient { client async throws in
            _ = try await client.send(.get, Client.users, headers: [.requestID: "r-1"], authorization: "Key wrong")
            _ = try await client.send(.post, Client.users, "{}", authorization: "")
            _ = try await client.send(.delete, "\(Client.users)/AAAAAAAA", authorization: "Key \(secret)")
            _ = try await client.send(.get, "/metrics", authorization: "Key \(secret)")
        }
        let events = fixture.trail.events
        #expect(events.map(\.outcome) == Array(repeating: .denied, count: 4))
        let actor = AuditEvent.Actor.apiKey(id: reader.0.id, name: "reader")
        #expect(events.map(\.actor) == [.unknown(claimed: nil), .unknown(claimed: nil), actor, actor])
        #expect(events.first?.request == "r-1")
        #expect(
            events.last?.details == [
                .init("operation", "GetMetrics"), .init("status", .number(403)),
                .init("error", "AccessDeniedException"),
            ])
        #expect(events.allSatisfy { !"\($0)".contains(secret) && !"\($0)".contains("wrong") })
    }
}
