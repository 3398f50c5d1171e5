import HTTPTypes
import LogTestSupport
import Registry
import Synchronization
import Testing

@testable import ManagementAPI

@Suite struct AlgorithmOperationTests {
    let fixture: APIFixture

    init() throws {
        fixture = try APIFixture()
    }

    private static func path(_ username: String) -> String { "/berth/v1/users/\(username)/algorithms" }

    @Test func theRightIsOffAtFirstIsGivenWithAWarningAndTakenAwayAgain() async throws {
        try await fixture.withClient { client async throws in
            let username = try await client.create().username
            let path = Self.path(username)
            let plain = #"{"legacyAlgorithms":false,"username":"\#(username)"}"#
            let before = try await client.send(.get, path)
            #expect(before.status == 200 && before.text == plain)

            let given = try await client.send(.put, path, #"{"legacyAlgorithms":true}"#)
            #expect(given.status == 200 && given.username == username)
            #expect(given.json["legacyAlgorithms"] as? Bool == true)
            let weaker = given.json["weaker"] as? [String] ?? []
            #expect(weaker == AlgorithmsBody.weaknesses && weaker.allSatisfy { $0.hasSuffix(".") })
            for word in ["SHA-1", "1,024", "CBC", "man in the middle"] {
                #expect(weaker.contains { $0.contains(word) }, "\(word) is not named")
            }
            #expect(try await client.send(.get, path).text == given.text)
            #expect(try fixture.registry.user(named: username)?.legacyAlgorithms == true)
            #expect(fixture.sessions.ended.withLock { $0 }.isEmpty)

            let taken = try await client.send(.put, path, #"{"legacyAlgorithms":false}"#)
            #expect(taken.status == 200 && taken.text == plain)
            #expect(try await client.send(.get, path).text == plain)
            #expect(fixture.sessions.ended.withLock { $0 } == ["weak \(username)"])
        }
    }

    @Test func aUserElsewhereIsShownAsBefore() async throws {
        try await fixture.withClient { client async throws in
            let username = try await client.create().username
            let before = try await client.send(.get, "\(Client.users)/\(username)").text
            _ = try await client.send(.put, Self.path(username), #"{"legacyAlgorithms":true}"#)
            #expect(try await client.send(.get, "\(Client.users)/\(username)").text == before)
        }
    }

    @Test(arguments: [
        ("", ""), ("[]", ""), ("true", ""), ("{}", "/legacyAlgorithms"),
        (#"{"legacyAlgorithms":null}"#, "/legacyAlgorithms"), (#"{"legacyAlgorithms":"true"}"#, "/legacyAlgorithms"),
        (#"{"legacyAlgorithms":1}"#, "/legacyAlgorithms"), (#"{"legacyAlgorithms":[true]}"#, "/legacyAlgorithms"),
        (#"{"legacyAlgorithms":true,"legacyAlgorithms":true}"#, "/legacyAlgorithms"),
        (#"{"LegacyAlgorithms":true}"#, "/legacyAlgorithms"),
    ])
    func aBodyWithoutATruthValueChangesNothing(body: String, path: String) async throws {
        try await fixture.withClient { client async throws in
            let username = try await client.create().username
            let answer = try await client.send(.put, Self.path(username), body)
            #expect(answer.isError("ValidationException", 400, paths: [path]), "\(answer.text)")
            #expect(try fixture.registry.user(named: username)?.legacyAlgorithms == false)
            #expect(fixture.sessions.ended.withLock { $0 }.isEmpty)
        }
    }

    @Test func membersBeyondAreIgnored() async throws {
        try await fixture.withClient { client async throws in
            let username = try await client.create().username
            let answer = try await client.send(.put, Self.path(username), #"{"x":1,"legacyAlgorithms":true}"#)
            #expect(answer.status == 200)
        }
    }

    @Test(arguments: ["AAAAAAAA", "%00", "%zz", "a%2Fb", ".."])
    func aUserThatIsNotThereIsNotFoundWhateverTheBodySays(username: String) async throws {
        try await fixture.withClient { client async throws in
            #expect(try await client.send(.get, Self.path(username)).isError("ResourceNotFoundException", 404))
            for body in [#"{"legacyAlgorithms":true}"#, "{}"] {
                let answer = try await client.send(.put, Self.path(username), body)
                #expect(answer.isError("ResourceNotFoundException", 404), "\(answer.text)")
            }
        }
    }

    @Test func readingTakesTheRightToReadAndSettingTheRightToWrite() async throws {
        let reader = try fixture.registry.createAPIKey(name: "r", rights: [.readUsers]).1.revealed()
        let writer = try fixture.registry.createAPIKey(name: "w", rights: [.writeUsers]).1.revealed()
        try await fixture.withClient { client async throws in
            let path = Self.path(try await client.create().username)
            let body = #"{"legacyAlgorithms":true}"#
            #expect(try await client.send(.get, path, authorization: "Key \(reader)").status == 200)
            #expect(try await client.send(.put, path, body, authorization: "Key \(writer)").status == 200)
            let reading = try await client.send(.get, path, authorization: "Key \(writer)")
            #expect(reading.isError("AccessDeniedException", 403))
            let writing = try await client.send(.put, path, body, authorization: "Key \(reader)")
            #expect(writing.isError("AccessDeniedException", 403))
            #expect(try await client.send(.get, path, authorization: "").isError("UnauthorizedException", 401))
        }
    }

    @Test func otherMethodsAndPathsAreRefused() async throws {
        try await fixture.withClient { client async throws in
            let username = try await client.create().username
            for method in [HTTPRequest.Method.post, .patch, .delete] {
                let answer = try await client.send(method, Self.path(username), #"{"legacyAlgorithms":true}"#)
                #expect(answer.isError("MethodNotAllowedException", 405) && answer.headers[.allow] == "GET, PUT")
            }
            for path in ["/2022-04-01/users/\(username)/algorithms", "/berth/v1/users/\(username)", "/berth/v1/users"] {
                #expect(try await client.send(.get, path).isError("UnknownOperationException", 404))
            }
        }
    }

    @Test func theChangeIsLoggedWithTheKeyAndWarnsWhenTheRightIsGiven() async throws {
        try await fixture.withClient { client async throws in
            let username = try await client.create().username
            _ = try await client.send(.put, Self.path(username), #"{"legacyAlgorithms":true}"#)
            _ = try await client.send(.put, Self.path(username), #"{"legacyAlgorithms":false}"#)
            let lines = fixture.log.lines("").filter { $0.contains("weak algorithms") }
            #expect(
                lines.count == 2 && lines.allSatisfy { $0.contains("user=\(username)") && $0.contains("key=tests") })
            #expect(lines.first?.hasPrefix("warning ") == true && lines.last?.hasPrefix("info ") == true)
        }
    }
}
