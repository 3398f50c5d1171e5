import Foundation
import HTTPTypes
import HummingbirdTesting
import LogTestSupport
import Testing

@testable import ManagementAPI

/// What only a socket shows.
@Suite struct LiveTests {
    @Test func theOperationsWorkOverASocket() async throws {
        let fixture = try APIFixture()
        try await fixture.withLiveClient { client async throws in
            let made = try await client.create("/acme")
            #expect(made.status == 201)
            #expect(try await client.send(.delete, "\(Client.users)/\(made.username)").status == 204)
            #expect(try await client.send(.get, "\(Client.users)/\(made.username)").status == 404)
            #expect(try await client.send(.head, "/healthz").status == 200)
            #expect(try await client.send(.get, "/healthz").status == 200)
        }
        #expect(fixture.log.text.contains("address=127.0.0.1"))
    }

    @Test(arguments: [
        "nonsense\r\n\r\n", "GET / HTTP/9.9\r\n\r\n", "GET /healthz HTTP/1.1\r\nHost: a\r\nBad Header: x\r\n\r\n",
        "POST /healthz HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n\r\n",
        "POST /healthz HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabc",
        "POST /healthz HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    ])
    func whatIsNoHTTPGetsAnErrorOfTheContractAndTheConnectionEnds(request: String) async throws {
        try await APIFixture().withLiveClient { client async throws in
            let answer = try await exchange(request, port: try #require(client.client.port))
            #expect(answer.hasPrefix("HTTP/1.1 4"), "\(answer)")
            let ids = ["x-request-id: ", "x-amzn-requestid: "].map { name in
                answer.lowercased().split(whereSeparator: \.isNewline).first { $0.hasPrefix(name) }?
                    .dropFirst(name.count)
            }
            #expect(ids[0] != nil && ids[0] == ids[1], "\(answer)")
            #expect(answer.contains("\"code\":\""))
            #expect(try await client.send(.get, "/healthz").status == 200)
        }
    }

    @Test func anUnfinishedRequestIsDroppedAfterTheTimeout() async throws {
        try await APIFixture().withLiveClient(requestTimeout: .milliseconds(200), idleTimeout: .milliseconds(200)) {
            client in
            let port = try #require(client.client.port)
            for request in [
                "", "GET /healthz HT", "GET /healthz HTTP/1.1\r\nHost: a\r\nX-",
            ] {
                #expect(try await exchange(request, port: port).isEmpty)
            }
        }
        // Of a body it is said.
        try await APIFixture().withLiveClient(requestTimeout: .milliseconds(200)) { client in
            let port = try #require(client.client.port)
            let post = "POST /2022-04-01/users HTTP/1.1\r\nHost: a\r\nAuthorization: Key \(client.key)\r\n"
            for body in ["Content-Length: 9\r\n\r\n{", "Transfer-Encoding: chunked\r\n\r\n9\r\n{"] {
                let answer = try await exchange(post + body, port: port)
                #expect(answer.hasPrefix("HTTP/1.1 408 ") && answer.contains("RequestTimeoutException"), "\(answer)")
                #expect(answer.lowercased().contains("connection: close"), "\(answer)")
            }
        }
    }

    @Test func anEndlessBodyIsCutOffAndItsSenderToldWhy() async throws {
        try await APIFixture().withLiveClient { client async throws in
            let head = "POST /2022-04-01/users HTTP/1.1\r\nHost: a\r\nContent-Length: 100000000000\r\n"
            let port = try #require(client.client.port)
            let endless = String(repeating: "x", count: ConnectionGuard.bodyLimitBytes + 65_536)
            let refused = try await exchange(head + "\r\n" + endless, port: port)
            #expect(refused.isEmpty || refused.hasPrefix("HTTP/1.1 401"))
            let told = try await exchange(
                head + "Authorization: Key \(client.key)\r\nConnection: close\r\n\r\n", port: port)
            #expect(told.hasPrefix("HTTP/1.1 413"))
            #expect(try await client.send(.get, "/healthz").status == 200)
        }
    }

    @Test func whoExpectsItIsToldToSendTheBodyBehindTheResponsesBeforeIt() async throws {
        try await APIFixture().withLiveClient { client async throws in
            let port = try #require(client.client.port)
            let post =
                "POST /2022-04-01/users HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n"
                + "Connection: close\r\n\r\n{}"
            let answer = try await exchange(post, port: port)
            #expect(answer.hasPrefix("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 401"), "\(answer)")
            let behind = try await exchange("GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n" + post, port: port)
            let statuses = behind.components(separatedBy: "HTTP/1.1 ").dropFirst().map { $0.prefix(3) }
            #expect(statuses == ["200", "100", "401"], "\(behind)")
        }
    }

    @Test func requestsBehindEachOtherAreAnsweredInOrder() async throws {
        try await APIFixture().withLiveClient { client async throws in
            let requests =
                "GET /healthz HTTP/1.1\r\nHost: a\r\n\r\nHEAD /healthz HTTP/1.1\r\nHost: a\r\n\r\n"
                + "GET /nowhere HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
            let answer = try await exchange(requests, port: try #require(client.client.port))
            // No body follows the head of the second.
            let statuses = answer.split(separator: "HTTP/1.1 ").map { $0.prefix(3) }
            #expect(statuses == ["200", "200", "404"])
            #expect(answer.components(separatedBy: #"{"status":"ok"}"#).count == 2)
        }
    }

    @Test func manyRequestsSentAheadAreAnsweredWhereverTheyAreCut() async throws {
        try await APIFixture().withLiveClient { client async throws in
            let post = "POST /2022-04-01/users HTTP/1.1\r\nHost: a\r\nAuthorization: Key \(client.key)\r\n"
            let requests = (0..<120).map { number in
                switch number % 3 {
                case 0: "GET /nowhere/\(String(repeating: "x", count: number)) HTTP/1.1\r\nHost: a\r\n\r\n"
                case 1: post + "Content-Length: \(2 + number)\r\n\r\n{}" + String(repeating: "\n", count: number)
                default: post + "Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n1\r\n\n\r\n0\r\n\r\n"
                }
            }
            let last = "GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
            let answers = try await exchange(requests.joined() + last, port: try #require(client.client.port))
            let statuses = answers.components(separatedBy: "HTTP/1.1 ").dropFirst().map { $0.prefix(3) }
            #expect(statuses == (0..<120).map { $0 % 3 == 0 ? "404" : "400" } + ["200"])
        }
    }

    @Test func anAnswerOfTheConnectionsGuardHasItsIDInTheLog() async throws {
        let fixture = try APIFixture()
        try await fixture.withLiveClient(within: { $0.maxConnectionsPerAddress = 1 }) { client async throws in
            #expect(try await client.send(.get, "/healthz").status == 200)
            let port = try #require(client.client.port)
            let refused = "GET /healthz?a=b HTTP/1.1\r\nHost: a\r\nx-request-id: its-own\r\n\r\n"
            #expect(try await exchange(refused, port: port).contains("x-request-id: its-own\r\n"))
        }
        let line = fixture.log.lines("debug request").first { $0.contains("request=its-own") }
        let fields = ["address=127.0.0.1", "method=GET", "path=/healthz ", "status=503"]
        #expect(fields.allSatisfy { line?.contains($0) == true }, "\(fixture.log.text)")
        try await fixture.withLiveClient { client async throws in
            let answer = try await exchange("nonsense\r\n\r\n", port: try #require(client.client.port))
            let id = answer.components(separatedBy: "x-request-id: ").last?.prefix { !$0.isNewline } ?? ""
            let isLogged = fixture.log.lines("debug request").contains {
                $0.contains("request=\(id) ") && $0.contains("status=400")
            }
            #expect(id.count == 36 && isLogged, "\(answer)\n\(fixture.log.text)")
        }
    }

    @Test func aTargetInAbsoluteFormIsItsPath() async throws {
        try await APIFixture().withLiveClient { client async throws in
            let request = "GET http://x:1/2022-04-01/users?pageSize=1 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n"
            let port = try #require(client.client.port)
            let answer = try await exchange(request + "Authorization: Key \(client.key)\r\n\r\n", port: port)
            #expect(answer.hasPrefix("HTTP/1.1 200") && answer.hasSuffix(#"{"items":[]}"#))
        }
    }

    @Test(arguments: [
        (
            "GET /healthz HTTP/1.1\r\n\r\n", "200 OK\r\nContent-Type: application/json\r\nContent-Length: 15\r\n",
            #"{"status":"ok"}"#, true
        ),
        (
            "GET /healthz HTTP/1.1\r\n\r\n", "200 OK\r\nContent-Type: application/json\r\nContent-Length: 15\r\n",
            #"{"status":"o"#, false
        ),
        ("GET /healthz HTTP/1.1\r\n\r\n", "404 Not Found\r\nContent-Length: 0\r\n", "", false),
        ("HEAD /healthz HTTP/1.1\r\n\r\n", "200 OK\r\nContent-Length: 15\r\n", "", true),
        ("nonsense\r\n\r\n", "200 OK\r\nContent-Length: 0\r\n", "", false),
        ("nonsense\r\n\r\n", "400 Bad Request\r\nContent-Length: 0\r\n", "", false),
    ])
    func `a raw answer is held against the document`(
        request: String, head: String, body: String, isDocumented: Bool
    ) throws {
        let ids = "x-request-id: a\r\nx-amzn-requestid: a\r\n"
        let received = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 \(head)\(ids)\r\n\(body)"
        let faults = try DocumentedAPI.shared.get().faults(sent: request, received: received)
        #expect(faults.isEmpty == isDocumented, "\(faults)")
    }
}
