import Foundation
import HTTPTypes
import LogTestSupport
import Provisioning
import Registry
import SessionBroker
import Synchronization
import Testing

@testable import ManagementAPI

/// API keys, sessions and the state of the service over the API.
@Suite struct AdministrationTests {
    private static let keys = "/berth/v1/api-keys"
    private static let sessions = "/berth/v1/sessions"

    @Test func `a key that was made over the API has its rights, until its end or until it is revoked`() async throws {
        let fixture = try APIFixture()
        try await fixture.withClient { client in
            let made = try await client.send(
                .post, Self.keys,
                #"{"name":"ci","rights":["users:read","metrics:read"],"expiresAt":"2099-01-01T00:00:00Z"}"#)
            #expect(made.status == 201)
            #expect(Set(made.json.keys) == ["id", "name", "rights", "createdAt", "expiresAt", "apiKey"])
            #expect(made.json["expiresAt"] as? String == "2099-01-01T00:00:00.000Z")
            let key = try #require(made.json["apiKey"] as? String)
            #expect(try #/berth_[A-Za-z0-9_-]{43}/#.wholeMatch(in: key) != nil)
            #expect(try await client.send(.get, Client.users, authorization: "Key \(key)").status == 200)
            #expect(
                try await client.send(.get, Self.keys, authorization: "Key \(key)").isError(
                    "AccessDeniedException", 403))
            let list = try await client.send(.get, Self.keys)
            #expect(list.items.map { $0["name"] as? String } == ["tests", "ci"] && !list.text.contains(key))
            #expect(list.items[1]["lastUsedDate"] as? String == CalendarDate.today.description)
            let id = try #require(made.json["id"] as? String)
            #expect(try await client.send(.delete, "\(Self.keys)/\(id)").status == 204)
            #expect(
                try await client.send(.get, Client.users, authorization: "Key \(key)")
                    .isError("UnauthorizedException", 401))
            #expect(try await client.send(.delete, "\(Self.keys)/\(id)").isError("ResourceNotFoundException", 404))
            #expect(try await client.send(.delete, "\(Self.keys)/1").isError("ResourceConflictException", 409))
            #expect(!fixture.log.text.contains(key))
        }
    }

    @Test(arguments: [
        ("{}", ["/name", "/rights"]), (#"{"name":"","rights":[]}"#, ["/name", "/rights"]),
        (#"{"name":"a","rights":"admin"}"#, ["/rights"]),
        (#"{"name":"a","rights":["admin","root",null,1]}"#, ["/rights/1", "/rights/2", "/rights/3"]),
        (#"{"name":"a\n","rights":["admin"]}"#, ["/name"]),
        (#"{"name":"a","rights":["Admin"]}"#, ["/rights/0"]),
        (#"{"name":"a","rights":["admin"],"expiresAt":"2020-01-01T00:00:00Z"}"#, ["/expiresAt"]),
        (#"{"name":"a","rights":["admin"],"expiresAt":"tomorrow"}"#, ["/expiresAt"]),
        (#"{"name":"a","rights":["admin"],"expiresAt":1}"#, ["/expiresAt"]),
        (#"{"name":"a","name":"b","rights":["admin"]}"#, ["/name"]),
    ])
    func `a wrong key is not made`(body: String, paths: [String]) async throws {
        let fixture = try APIFixture()
        try await fixture.withClient { client in
            let answer = try await client.send(.post, Self.keys, body)
            #expect(answer.isError("ValidationException", 400, paths: paths), "\(answer.text)")
            #expect(try fixture.registry.apiKeys().count == 1)
        }
    }

    @Test func `the key of the credential is not revoked over the API, and is an administrator beside others`()
        async throws
    {
        let fixture = try APIFixture()
        let secret = "berth_" + String(repeating: "a", count: 43)
        let digest = try #require(Array(secret.utf8).withUnsafeBytes { APIKeyDigest(of: $0) })
        _ = try fixture.registry.setCredentialKey(digest)
        try await fixture.withClient { client in
            let listed = try await client.send(.get, Self.keys).items.last
            #expect(listed?["name"] as? String == "berth-api-key" && listed?["rights"] as? [String] == ["admin"])
            let path = "\(Self.keys)/\(try #require(listed?["id"] as? String))"
            let refused = try await client.send(.delete, path)
            #expect(refused.isError("ResourceConflictException", 409) && refused.text.contains("berth-api-key"))
            #expect(try await client.send(.delete, "\(Self.keys)/1").status == 204)
            #expect(try await client.send(.delete, path, authorization: "Key \(secret)").status == 409)
        }
    }

    @Test func `keys are for administrators`() async throws {
        let fixture = try APIFixture()
        let rights = Set(AccessRight.allCases).subtracting([.admin])
        let (_, secret) = try fixture.registry.createAPIKey(name: "all but admin", rights: rights)
        try await fixture.withClient { client in
            let authorization = "Key \(secret.revealed())"
            for (method, path) in [
                (HTTPRequest.Method.post, Self.keys), (.get, Self.keys), (.delete, Self.keys + "/1"),
                (.get, "/berth/v1/status"), (.get, "/berth/v1/blocks"),
            ] {
                let answer = try await client.send(method, path, "{}", authorization: authorization)
                #expect(answer.isError("AccessDeniedException", 403), "\(method) \(path)")
            }
            #expect(try await client.send(.get, Self.sessions, authorization: authorization).status == 200)
        }
    }

    private func session(_ number: UInt64, _ username: String?) -> OpenSession {
        let digits = String(number, radix: 16)
        return OpenSession(
            id: String(repeating: "0", count: 16 - digits.count) + digits, username: username,
            address: "192.0.2.1:50022", client: "SSH-2.0-x", since: Date(timeIntervalSince1970: 1_784_969_339),
            bytesIn: .max, bytesOut: 2)
    }

    @Test func `a walk over the sessions shows each once, those of one user where they are asked for`() async throws {
        let fixture = try APIFixture()
        let numbers: [UInt64] = [5, 1, .max, 1 << 63, 3, 0]
        fixture.open.present.withLock { $0 = numbers.map { session($0, $0 == 3 ? "AAAAAAAA" : nil) } }
        try await fixture.withClient { client in
            var seen: [String] = []
            var query = "?pageSize=2"
            while true {
                let page = try await client.send(.get, Self.sessions + query)
                #expect(page.status == 200 && page.items.count == 2)
                seen += page.items.map { $0["id"] as? String ?? "" }
                guard let token = page.json["nextPageToken"] as? String else { break }
                query = "?pageSize=2&pageToken=\(token)"
            }
            #expect(seen.count == 6 && Set(seen).count == 6)
            let one = try await client.send(.get, Self.sessions + "?username=AAAAAAAA")
            #expect(
                one.text == #"{"items":[{"address":"192.0.2.1:50022","bytesIn":18446744073709551615,"bytesOut":2,"#
                    + #""client":"SSH-2.0-x","id":"0000000000000003","since":"2026-07-25T08:48:59.000Z","#
                    + #""username":"AAAAAAAA"}]}"#)
            #expect(try await client.send(.get, Self.sessions + "?username=NOBODY00").items.isEmpty)
            for (query, path) in [
                ("?pageSize=0", "/pageSize"), ("?pageToken=x", "/pageToken"), ("?username=%ff", "/username"),
                ("?username=a&username=b", "/username"),
            ] {
                let answer = try await client.send(.get, Self.sessions + query)
                #expect(answer.isError("ValidationException", 400, paths: [path]), "\(query)")
            }
            #expect(try await client.send(.delete, Self.sessions + "/0000000000000003").status == 204)
            for id in ["0000000000000003", "3", "%ff", "x"] {
                #expect(
                    try await client.send(.delete, Self.sessions + "/" + id).isError("ResourceNotFoundException", 404))
            }
        }
    }

    @Test func `the state of the service`() async throws {
        let fixture = try APIFixture()
        try await fixture.withClient { client in
            _ = try await client.create()
            #expect(
                try await client.send(.get, "/berth/v1/status").text
                    == #"{"disk":{"freeBytes":5,"totalBytes":10},"libssh":"0.10.6","#
                    + #""sandbox":{"layers":["openat2","chroot"],"mode":"strict"},"sessions":7,"#
                    + #""since":"1970-01-12T13:46:40.000Z","users":1,"version":"1.2.3"}"#)
        }
    }
}
