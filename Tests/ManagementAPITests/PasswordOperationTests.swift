import Foundation
import HTTPTypes
import LogTestSupport
import Provisioning
import Registry
import Synchronization
import Testing

@testable import ManagementAPI

@Suite struct PasswordOperationTests {
    private static func path(_ username: String) -> String { "/berth/v1/users/\(username)/password" }

    private func logsIn(_ fixture: APIFixture, _ username: String, _ password: String) throws -> Bool {
        try fixture.registry.authenticate(username: username, password: Array(password.utf8)) != nil
    }

    @Test func `a reset gives a new password, and the old one ends or stays for the time that was asked for`()
        async throws
    {
        let fixture = try APIFixture()
        try await fixture.withClient { client in
            let made = try await client.create()
            let old = try #require(made.json["password"] as? String)
            let answer = try await client.send(.post, Self.path(made.username))
            let second = try #require(answer.json["password"] as? String)
            #expect(answer.status == 200 && Set(answer.json.keys) == ["username", "password"])
            #expect(answer.username == made.username && second.utf8.count == 16)
            #expect(try !logsIn(fixture, made.username, old) && logsIn(fixture, made.username, second))

            let rotated = try await client.send(
                .post, Self.path(made.username), #"{"passwordOptions":{"length":40},"overlapSeconds":3600}"#)
            let third = try #require(rotated.json["password"] as? String)
            let end = try #require(rotated.json["previousPasswordExpiresAt"] as? String)
            #expect(third.utf8.count == 40 && end.utf8.count == 24)
            let until = try #require(Timestamp.date(end))
            #expect(abs(until.timeIntervalSinceNow - 3_600) < 60)
            #expect(try logsIn(fixture, made.username, second) && logsIn(fixture, made.username, third))
            #expect(fixture.sessions.ended.withLock { $0.isEmpty })
            _ = try await client.send(.post, Self.path(made.username), #"{"endSessions":true}"#)
            #expect(fixture.sessions.ended.withLock { $0 == [made.username] })
            #expect(!fixture.log.text.contains(second) && !fixture.log.text.contains(third))
        }
    }

    @Test func `passwords are listed without themselves, and ended early, but for the only valid one`() async throws {
        let fixture = try APIFixture()
        try await fixture.withClient { client in
            let made = try await client.create()
            let list = "/berth/v1/users/\(made.username)/passwords"
            let only = try await client.send(.get, list)
            #expect(only.status == 200 && only.items.count == 1)
            #expect(Set(only.items[0].keys) == ["id", "createdAt"])
            let id = try #require(only.items[0]["id"] as? String)
            #expect(try await client.send(.delete, "\(list)/\(id)").isError("ResourceConflictException", 409))
            let reset = try await client.send(.post, Self.path(made.username), #"{"overlapSeconds":60}"#)
            let both = try await client.send(.get, list)
            #expect(both.items.map { $0["expiresAt"] == nil } == [false, true])
            #expect(!both.text.contains(try #require(reset.json["password"] as? String)))
            for wrong in ["x", "0", "-1", "+1", "01", "99999999999999999999", "%31%00", ""] where wrong != id {
                let answer = try await client.send(.delete, "\(list)/\(wrong)")
                let name = wrong.isEmpty ? "UnknownOperationException" : "ResourceNotFoundException"
                #expect(answer.isError(name, 404), "\(wrong): \(answer.text)")
            }
            #expect(
                try await client.send(.delete, "\(list)/\(id)?endSessions=yes")
                    .isError("ValidationException", 400, paths: ["/endSessions"]))
            #expect(try await client.send(.delete, "\(list)/\(id)?endSessions=true").status == 204)
            #expect(fixture.sessions.ended.withLock { $0 == [made.username] })
            #expect(try await client.send(.delete, "\(list)/\(id)").isError("ResourceNotFoundException", 404))
            #expect(try await client.send(.get, list).items.count == 1)
        }
    }

    @Test func `the list comes in pages, in the order in which the passwords were made`() async throws {
        let fixture = try APIFixture()
        try await fixture.withClient { client in
            let username = try await client.create().username
            let list = "/berth/v1/users/\(username)/passwords"
            _ = try await client.send(.post, Self.path(username), #"{"overlapSeconds":60}"#)
            let whole = try await client.send(.get, list)
            let ids = whole.items.compactMap { $0["id"] as? String }
            #expect(ids.count == 2 && whole.json["nextPageToken"] == nil)
            let first = try await client.send(.get, "\(list)?pageSize=1")
            #expect(first.items.compactMap { $0["id"] as? String } == [ids[0]])
            let token = try #require(first.json["nextPageToken"] as? String)
            let second = try await client.send(.get, "\(list)?pageSize=1&pageToken=\(token)")
            #expect(second.items.compactMap { $0["id"] as? String } == [ids[1]])
            #expect(second.json["nextPageToken"] == nil)
            // Nobody's list has no wrong page either: the name comes first.
            let nobody = try await client.send(.get, "/berth/v1/users/NOBODY00/passwords?pageSize=0")
            #expect(nobody.isError("ResourceNotFoundException", 404))
        }
    }

    @Test(arguments: [
        (#"{"overlapSeconds":-1}"#, ["/overlapSeconds"]), (#"{"overlapSeconds":7776001}"#, ["/overlapSeconds"]),
        (#"{"overlapSeconds":"1"}"#, ["/overlapSeconds"]), (#"{"overlapSeconds":1.5}"#, ["/overlapSeconds"]),
        (#"{"overlapSeconds":1e400}"#, ["/overlapSeconds"]), (#"{"endSessions":1}"#, ["/endSessions"]),
        (#"{"passwordOptions":{}}"#, ["/passwordOptions/length"]),
        (
            #"{"passwordOptions":{"length":129},"overlapSeconds":null,"endSessions":"x"}"#,
            ["/passwordOptions/length", "/endSessions"]
        ),
        (#"{"endSessions":true,"endSessions":true}"#, ["/endSessions"]), ("[]", [""]), ("x", [""]),
    ])
    func `a wrong reset changes nothing`(body: String, paths: [String]) async throws {
        let fixture = try APIFixture()
        try await fixture.withClient { client in
            let made = try await client.create()
            let answer = try await client.send(.post, Self.path(made.username), body)
            #expect(answer.isError("ValidationException", 400, paths: paths), "\(answer.text)")
            #expect(try logsIn(fixture, made.username, try #require(made.json["password"] as? String)))
        }
    }

    @Test func `nobody's passwords are no user's`() async throws {
        let fixture = try APIFixture()
        try await fixture.withClient { client in
            for username in ["NOBODY00", "%ff", "%00"] {
                for (method, path) in [
                    (HTTPRequest.Method.post, Self.path(username)), (.get, Self.path(username) + "s"),
                    (.delete, Self.path(username) + "s/1"),
                ] {
                    let answer = try await client.send(method, path)
                    #expect(answer.isError("ResourceNotFoundException", 404), "\(method) \(path): \(answer.text)")
                }
            }
        }
    }
}
