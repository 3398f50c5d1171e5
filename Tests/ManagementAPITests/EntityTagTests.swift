import HTTPTypes
import Testing

@testable import ManagementAPI

/// ETag and If-Match: nobody overwrites what somebody else has changed meanwhile.
@Suite struct EntityTagTests {
    @Test func `an update with the tag of an older state is refused, and leaves the user as it is`() async throws {
        let fixture = try APIFixture()
        try await fixture.withClient { client in
            let made = try await client.create()
            let path = "\(Client.users)/\(made.username)"
            let tag = try #require(made.headers[.eTag])
            #expect(try await client.send(.get, path).headers[.eTag] == tag)
            let changed = try await client.send(
                .put, path, #"{"description":"one"}"#, headers: [.ifMatch: tag])
            let newTag = try #require(changed.headers[.eTag])
            #expect(changed.status == 200 && newTag != tag)
            for body in [#"{"description":"two"}"#, #"{"homeDirectory":"/two"}"#] {
                let stale = try await client.send(.put, path, body, headers: [.ifMatch: tag])
                #expect(stale.isError("PreconditionFailed", 412), "\(stale.text)")
            }
            #expect(!fixture.homeExists("/two"))
            #expect(try await client.send(.delete, path, headers: [.ifMatch: tag]).isError("PreconditionFailed", 412))
            #expect(try await client.send(.get, path).json["description"] as? String == "one")
            for condition in ["*", newTag, "\(tag), \(newTag)", " \"x\" ,\t\(newTag) ", ",, \(newTag),"] {
                let answer = try await client.send(
                    .put, path, #"{"description":"one"}"#, headers: [.ifMatch: condition])
                #expect(answer.status == 200 && answer.headers[.eTag] == newTag, "\(condition)")
            }
            // Weak tags match nothing (RFC 9110 section 13.1.1).
            let weak = try await client.send(.put, path, #"{"description":"x"}"#, headers: [.ifMatch: "W/\(newTag)"])
            #expect(weak.isError("PreconditionFailed", 412))
            // What would fail anyway fails for that reason (section 13.2.1).
            #expect(
                try await client.send(.put, path, "{}", headers: [.ifMatch: tag])
                    .isError("ValidationException", 400, paths: ["/description"]))
            #expect(try await client.send(.delete, path, headers: [.ifMatch: newTag]).status == 204)
            #expect(
                try await client.send(.put, path, #"{"description":"x"}"#, headers: [.ifMatch: "*"])
                    .isError("ResourceNotFoundException", 404))
        }
    }

    @Test(arguments: [
        "", "x", "\"", "\"a", "a\"", "\"a\" \"b\"", ",", ", ,", "w/\"a\"", "W/", "\"a b\"", "*, \"a\"", "**",
    ])
    func `what is no list of tags is a wrong request`(value: String) async throws {
        let fixture = try APIFixture()
        try await fixture.withClient { client in
            let path = "\(Client.users)/\(try await client.create().username)"
            let answer = try await client.send(.put, path, #"{"description":"x"}"#, headers: [.ifMatch: value])
            #expect(answer.isError("ValidationException", 400, paths: ["/If-Match"]), "\(answer.text)")
        }
    }

    /// Each client reads the number, adds one, and writes it if nobody has meanwhile: none is lost.
    @Test func `of updates at the same time with one tag, one succeeds`() async throws {
        let fixture = try APIFixture()
        try await fixture.withClient { client in
            let path = "\(Client.users)/\(try await client.create().username)"
            _ = try await client.send(.put, path, #"{"description":"0"}"#)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<8 {
                    group.addTask {
                        var done = 0
                        while done < 10 {
                            let now = try await client.send(.get, path)
                            let number = try #require(Int(now.json["description"] as? String ?? ""))
                            let tag = try #require(now.headers[.eTag])
                            let answer = try await client.send(
                                .put, path, #"{"description":"\#(number + 1)"}"#, headers: [.ifMatch: tag])
                            try #require(answer.status == 200 || answer.status == 412)
                            if answer.status == 200 { done += 1 }
                        }
                    }
                }
                try await group.waitForAll()
            }
            #expect(try await client.send(.get, path).json["description"] as? String == "80")
        }
    }
}
