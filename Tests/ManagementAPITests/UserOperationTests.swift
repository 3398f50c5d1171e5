import Foundation
import HTTPTypes
import LogTestSupport
import Registry
import Synchronization
import Testing

@testable import ManagementAPI

@Suite struct UserOperationTests {
    let fixture: APIFixture

    init() throws {
        fixture = try APIFixture()
    }

    @Test func creatingGivesTheUserWithItsPasswordOnce() async throws {
        try await fixture.withClient { client async throws in
            let made = try await client.send(
                .post, Client.users,
                #"{"homeDirectory":"/partners/acme","description":"Acme Corp","passwordOptions":{"length":24}}"#)
            #expect(made.status == 201)
            #expect(
                Set(made.json.keys) == [
                    "username", "homeDirectory", "description", "bucketName", "endpoint", "port", "password",
                ])
            #expect(made.json["homeDirectory"] as? String == "/partners/acme")
            #expect(made.json["description"] as? String == "Acme Corp")
            #expect(made.json["bucketName"] as? String == fixture.registry.bucketName)
            #expect(made.json["endpoint"] as? String == "sftp.example.com" && made.json["port"] as? Int == 2222)
            #expect((made.json["password"] as? String)?.count == 24)
            #expect(made.headers[.location] == "/2022-04-01/users/\(made.username)")
            #expect(made.headers[.contentType] == "application/json")
            #expect(made.text.contains("/partners/acme"), "slashes are not escaped")
            #expect(fixture.homeExists("/partners/acme"))

            let read = try await client.send(.get, "\(Client.users)/\(made.username)")
            #expect(read.status == 200 && read.json["password"] == nil && read.json["lastConnectedDate"] == nil)
            #expect(read.username == made.username)
        }
    }

    @Test func membersBeyondTheContractAreIgnoredAndNullIsAbsent() async throws {
        try await fixture.withClient { client async throws in
            let made = try await client.send(
                .post, Client.users,
                """
                {"homeDirectory":"/a","description":"d","passwordOptions":null,"bucketName":null,"x":{"y":[1,{"z":null}]},
                 "x":1,"username":"ADMIN000","password":"secret","lastConnectedDate":"2020-01-01"}
                """)
            #expect(
                made.status == 201 && made.username != "ADMIN000" && (made.json["password"] as? String)?.count == 16)
        }
    }

    @Test func theServicesOwnBucketNameIsAccepted() async throws {
        let bucket = fixture.registry.bucketName
        try await fixture.withClient { client async throws in
            let made = try await client.send(
                .post, Client.users, #"{"homeDirectory":"/a","description":"d","bucketName":"\#(bucket)"}"#)
            #expect(made.status == 201)
            let updated = try await client.send(
                .put, "\(Client.users)/\(made.username)", #"{"description":"e","bucketName":"\#(bucket)"}"#)
            #expect(updated.status == 200 && updated.json["description"] as? String == "e")
        }
    }

    @Test func theDayOfTheLastLoginIsShown() async throws {
        try await fixture.withClient { client async throws in
            let username = try await client.create().username
            let day = try #require(CalendarDate("2026-11-23"))
            try fixture.registry.recordConnection(username: username, on: day)
            let read = try await client.send(.get, "\(Client.users)/\(username)")
            #expect(read.json["lastConnectedDate"] as? String == "2026-11-23")
            let list = try await client.send(.get, Client.users)
            #expect(list.items.first?["lastConnectedDate"] as? String == "2026-11-23")
        }
    }

    @Test(arguments: [HTTPRequest.Method.put, .post, .patch])
    func updatesGoWithEachMethodAndLeaveWhatIsAbsent(method: HTTPRequest.Method) async throws {
        try await fixture.withClient { client async throws in
            let username = try await client.create("/old").username
            let path = "\(Client.users)/\(username)"
            let described = try await client.send(method, path, #"{"description":"new","homeDirectory":null}"#)
            #expect(described.status == 200 && described.json["homeDirectory"] as? String == "/old")
            let moved = try await client.send(method, path, #"{"homeDirectory":"/new"}"#)
            #expect(moved.status == 200 && moved.json["description"] as? String == "new")
            #expect(moved.json["homeDirectory"] as? String == "/new" && moved.json["password"] == nil)
            #expect(fixture.homeExists("/new") && fixture.homeExists("/old"))
        }
    }

    @Test func deletingEndsSessionsLeavesFilesAndIs404TheSecondTime() async throws {
        try await fixture.withClient { client async throws in
            let username = try await client.create("/acme").username
            let path = "\(Client.users)/\(username)"
            let deleted = try await client.send(.delete, path)
            #expect(deleted.status == 204 && deleted.text.isEmpty && deleted.headers[.contentLength] == nil)
            #expect(deleted.headers[.requestID] != nil)
            #expect(fixture.sessions.ended.withLock { $0 } == [username])
            #expect(fixture.homeExists("/acme"))
            for method in [HTTPRequest.Method.delete, .get] {
                #expect(try await client.send(method, path).isError("ResourceNotFoundException", 404))
            }
            let update = try await client.send(.put, path, #"{"description":"x"}"#)
            #expect(update.isError("ResourceNotFoundException", 404))
        }
    }

    @Test func namesInPathsArePercentDecodedAndNeverRepaired() async throws {
        try await fixture.withClient { client async throws in
            let name = try await client.create().username
            let first = try #require(name.utf8.first)
            let encoded = "%" + String(first, radix: 16, uppercase: false) + name.dropFirst()
            #expect(try await client.send(.get, "\(Client.users)/\(encoded)").username == name)
            #expect(try await client.send(.get, "/2022%2D04-01/users/\(name)").username == name)
            for other in [
                name.lowercased(), "%00", name + "%00", name + "%20", "%zz", "%4", "%ff", "%C3%28", "a%2Fb", "..", ".",
                "%2e%2e", String(repeating: "A", count: 3_000), name + ";x", "%F0%9F%98%80",
            ] {
                let answer = try await client.send(.get, "\(Client.users)/\(other)")
                #expect(answer.isError("ResourceNotFoundException", 404), "\(other)")
            }
        }
    }

    @Test func aWalkOverAllPagesShowsEachUserOnceWhateverHappensMeanwhile() async throws {
        try await fixture.withClient { client async throws in
            var stable: [String] = []
            var doomed: [String] = []
            for number in 0..<25 {
                let name = try await client.create("/h\(number)").username
                if number % 5 == 0 { doomed.append(name) } else { stable.append(name) }
            }
            var seen: [String] = []
            var query = "?pageSize=3"
            while true {
                let page = try await client.send(.get, Client.users + query)
                #expect(page.status == 200 && page.items.count <= 3)
                seen += page.items.compactMap { $0["username"] as? String }
                if let name = doomed.popLast() {
                    #expect(try await client.send(.delete, "\(Client.users)/\(name)").status == 204)
                    _ = try await client.create("/new")
                }
                guard let token = page.json["nextPageToken"] as? String else { break }
                query = "?pageSize=3&pageToken=\(token)"
            }
            #expect(seen.filter(stable.contains) == stable && Set(seen).count == seen.count)
        }
    }

    @Test func anEmptyListAndTheDefaultPage() async throws {
        try await fixture.withClient { client async throws in
            let empty = try await client.send(.get, Client.users)
            #expect(empty.status == 200 && empty.text == #"{"items":[]}"#)
            for _ in 0..<26 { _ = try await client.create("/a") }
            let page = try await client.send(.get, Client.users)
            #expect(page.items.count == 25 && page.json["nextPageToken"] is String)
            #expect(try await client.send(.get, Client.users + "?pageSize=50").items.count == 26)
            #expect(try await client.send(.get, Client.users + "?pageSize=50&x=y&").items.count == 26)
        }
    }

    @Test func changesAreLoggedWithTheKeyAndTheRequestAndNoSecret() async throws {
        try await fixture.withClient { client async throws in
            let headers: HTTPFields = [.requestID: "my-request-1"]
            let made = try await client.send(
                .post, Client.users, #"{"homeDirectory":"/a","description":"d"}"#, headers: headers)
            _ = try await client.send(.put, "\(Client.users)/\(made.username)", #"{"description":"e"}"#)
            _ = try await client.send(.delete, "\(Client.users)/\(made.username)")
            let text = fixture.log.text
            #expect(
                text.contains("info user created home=/a key=tests key_id=1 request=my-request-1 user=\(made.username)")
            )
            #expect(text.contains("info user updated") && text.contains("info user deleted"))
            #expect(!text.contains(client.key) && !text.contains(made.json["password"] as? String ?? "berth"))
        }
    }
}
