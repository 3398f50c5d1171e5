import Foundation
import HTTPTypes
import LogTestSupport
import Provisioning
import Registry
import Testing

@testable import ManagementAPI

/// Sentences of the contract that no other suite is about.
@Suite struct ContractTests {
    let fixture: APIFixture

    init() throws {
        fixture = try APIFixture()
    }

    private static func body(_ home: String, _ more: String = "") -> String {
        #"{"homeDirectory":"\#(home)","description":"d"\#(more)}"#
    }

    @Test(arguments: ["/", "/a", "/a/", "/A-Z_0:9.b+c/d", "/a.berth/.b/..c", "/a/b/c/"])
    func aHomeIsShownAsItWasGiven(home: String) async throws {
        try await fixture.withClient { client async throws in
            let made = try await client.send(.post, Client.users, Self.body(home))
            #expect(made.status == 201 && made.json["homeDirectory"] as? String == home)
            let read = try await client.send(.get, "\(Client.users)/\(made.username)")
            #expect(read.json["homeDirectory"] as? String == home)
            #expect(fixture.homeExists(home))
        }
    }

    @Test func homesMayBeEqualOrNested() async throws {
        try await fixture.withClient { client async throws in
            for home in ["/a/b", "/a/b", "/a", "/a/b/c/d", "/", "/"] {
                #expect(try await client.create(home).status == 201, "\(home)")
            }
        }
        #expect(try fixture.registry.userCount() == 6)
    }

    @Test func theFirstUserMakesTheBucketAndAllHaveTheSame() async throws {
        #expect(!fixture.homeExists(""))
        try await fixture.withClient { client async throws in
            let first = try await client.create("/a"), second = try await client.create("/b")
            #expect(fixture.homeExists(""))
            let name = try #require(first.json["bucketName"] as? String)
            #expect(second.json["bucketName"] as? String == name && name.hasSuffix("-sftp"))
            let account = name.dropLast("-sftp".count)
            #expect(UUID(uuidString: String(account)) != nil && account == account.lowercased())
        }
    }

    @Test func onlyTheAnswerToACreationHasAPassword() async throws {
        try await fixture.withClient { client async throws in
            let made = try await client.create()
            let password = try #require(made.json["password"] as? String)
            let path = "\(Client.users)/\(made.username)"
            var others = [try await client.send(.get, path), try await client.send(.get, Client.users)]
            for method in [HTTPRequest.Method.put, .post, .patch] {
                others.append(try await client.send(method, path, #"{"description":"e"}"#))
            }
            others.append(try await client.send(.put, path, #"{"password":"x"}"#))
            others.append(try await client.send(.delete, path))
            for answer in others {
                #expect(!answer.text.contains(password) && !answer.text.contains("password"), "\(answer.text)")
            }
        }
    }

    @Test(arguments: [16, 17, 24, 127, 128])
    func aPasswordHasTheLengthThatWasAskedFor(length: Int) async throws {
        try await fixture.withClient { client async throws in
            let body = Self.body("/a", #","passwordOptions":{"length":\#(length)}"#)
            let made = try await client.send(.post, Client.users, body)
            let password = try #require(made.json["password"] as? String)
            #expect(password.utf8.count == length && password.wholeMatch(of: /[A-Za-z0-9]+/) != nil)
            #expect(try fixture.registry.authenticate(username: made.username, password: Array(password.utf8)) != nil)
        }
    }

    @Test func aPageHasOneToFiftyUsersAndTheLastOneHasNoTokenThoughItIsFull() async throws {
        try await fixture.withClient { client async throws in
            for _ in 0..<50 { _ = try await client.create() }
            for (size, pages) in [(1, 50), (2, 25), (25, 2), (49, 2), (50, 1)] {
                var counts: [Int] = []
                var query = "?pageSize=\(size)"
                while true {
                    let page = try await client.send(.get, Client.users + query)
                    counts.append(page.items.count)
                    guard let token = page.json["nextPageToken"] as? String else { break }
                    query = "?pageSize=\(size)&pageToken=\(token)"
                }
                #expect(counts.count == pages && counts.reduce(0, +) == 50, "\(counts)")
                #expect(counts.dropLast().allSatisfy { $0 == size })
            }
        }
    }

    @Test func everyAnswerHasAnIDOfItsOwnThatTheLogHasToo() async throws {
        let reader = try fixture.registry.createAPIKey(name: "r", rights: [.readUsers]).1.revealed()
        let fixture = fixture
        try await fixture.withClient { client async throws in
            let made = try await client.create()
            let path = "\(Client.users)/\(made.username)"
            let large = String(repeating: " ", count: 65_537)
            var answers = [
                (made, 201), (try await client.send(.get, path), 200),
                (try await client.send(.get, "/healthz", authorization: ""), 200),
                (try await client.send(.put, path, "{}"), 400),
                (try await client.send(.get, path, authorization: ""), 401),
                (try await client.send(.delete, path, authorization: "Key \(reader)"), 403),
                (try await client.send(.get, Client.users + "/AAAAAAAA"), 404),
                (try await client.send(.get, "/nowhere"), 404), (try await client.send(.put, Client.users, "{}"), 405),
                (try await client.send(.post, Client.users, large), 413),
                (try await client.send(.post, Client.users, "", headers: [.contentType: "text/html"]), 415),
                (try await client.send(.delete, path), 204),
            ]
            fixture.provisioner.refuse(because: "the service is stopping")
            answers.append((try await client.create(), 503))
            for (answer, status) in answers {
                #expect(answer.status == status, "\(answer.text)")
                let id = try #require(answer.headers[.requestID])
                #expect(answer.headers[.generatedClientsRequestID] == id)
                #expect(UUID(uuidString: id) != nil && fixture.log.text.contains("request=\(id)"), "\(status)")
                guard status >= 400 else { continue }
                // An error has these members and no others, and says what is the matter in a sentence.
                #expect(
                    Set(answer.json.keys).symmetricDifference(["code", "message"])
                        == (status == 400 ? ["fieldList"] : []))
                #expect((answer.json["message"] as? String)?.wholeMatch(of: /.+\./) != nil, "\(answer.text)")
            }
            #expect(Set(answers.map { $0.0.headers[.requestID] }).count == answers.count)
        }
    }
}
