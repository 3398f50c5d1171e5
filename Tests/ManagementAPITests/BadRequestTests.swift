import Foundation
import HTTPTypes
import Registry
import Testing

@testable import ManagementAPI

@Suite struct BadRequestTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let body: String
        let paths: [String]

        init(_ body: String, _ paths: String...) {
            self.body = body
            self.paths = paths
        }

        var testDescription: String { String(body.prefix(60)) }
    }

    @Test(arguments: [
        Case("", ""), Case(" ", ""), Case("[]", ""), Case("null", ""), Case("1", ""), Case("\"a\"", ""), Case("{", ""),
        Case(#"{"homeDirectory":"/a","description":"d",}"#, ""),
        Case(#"{"homeDirectory":"/a","description":"d"}}"#, ""),
        Case(String(repeating: "[", count: 60_000), ""), Case(String(repeating: "{\"a\":", count: 10_000), ""),
        Case(#"{"homeDirectory":"/a","description":"d","passwordOptions":{"length":NaN}}"#, ""),
        Case("{}", "/homeDirectory", "/description"), Case(#"{"homeDirectory":"/a"}"#, "/description"),
        Case(#"{"description":"d"}"#, "/homeDirectory"),
        Case(#"{"homeDirectory":null,"description":null}"#, "/homeDirectory", "/description"),
        Case(#"{"homeDirectory":1,"description":true}"#, "/homeDirectory", "/description"),
        Case(#"{"homeDirectory":["/a"],"description":{"a":"d"}}"#, "/homeDirectory", "/description"),
        Case(#"{"homeDirectory":"","description":""}"#, "/homeDirectory", "/description"),
        Case(#"{"homeDirectory":"a","description":"d"}"#, "/homeDirectory"),
        Case(#"{"homeDirectory":"/a/../b","description":"d"}"#, "/homeDirectory"),
        Case(#"{"homeDirectory":"/a/.berth","description":"d"}"#, "/homeDirectory"),
        Case(#"{"homeDirectory":"/a","homeDirectory":"/b","description":"d"}"#, "/homeDirectory"),
        Case(#"{"homeDirectory":"/a\u0000","description":"d"}"#, "/homeDirectory"),
        Case(#"{"homeDirectory":"/\ud800","description":"d"}"#, "/homeDirectory"),
        Case(#"{"homeDirectory":"/a","description":"dé"}"#, "/description"),
        Case(#"{"homeDirectory":"/a","description":"d","bucketName":"other"}"#, "/bucketName"),
        Case(#"{"homeDirectory":"/a","description":"d","bucketName":7}"#, "/bucketName"),
        Case(#"{"homeDirectory":"/a","description":"d","passwordOptions":{}}"#, "/passwordOptions/length"),
        Case(#"{"homeDirectory":"/a","description":"d","passwordOptions":{"length":null}}"#, "/passwordOptions/length"),
        Case(#"{"homeDirectory":"/a","description":"d","passwordOptions":{"length":15}}"#, "/passwordOptions/length"),
        Case(#"{"homeDirectory":"/a","description":"d","passwordOptions":{"length":129}}"#, "/passwordOptions/length"),
        Case(#"{"homeDirectory":"/a","description":"d","passwordOptions":{"length":"16"}}"#, "/passwordOptions/length"),
        Case(#"{"homeDirectory":"/a","description":"d","passwordOptions":{"length":true}}"#, "/passwordOptions/length"),
        Case(#"{"homeDirectory":"/a","description":"d","passwordOptions":{"length":16.5}}"#, "/passwordOptions/length"),
        Case(
            #"{"homeDirectory":"/a","description":"d","passwordOptions":{"length":1e400}}"#, "/passwordOptions/length"),
        Case(
            #"{"homeDirectory":"/a","description":"d","passwordOptions":{"length":99999999999999999999999}}"#,
            "/passwordOptions/length"),
        Case(#"{"homeDirectory":"/a","description":"d","passwordOptions":16}"#, "/passwordOptions"),
        Case(#"{"homeDirectory":"/a","description":"d","passwordOptions":[]}"#, "/passwordOptions"),
        Case(
            #"{"homeDirectory":"a","description":"","bucketName":"b","passwordOptions":{"length":0}}"#,
            "/homeDirectory",
            "/description", "/bucketName", "/passwordOptions/length"),
    ])
    func creationsNameEveryWrongMemberAndLeaveNothingBehind(bad: Case) async throws {
        let fixture = try APIFixture()
        try await fixture.withClient { client async throws in
            let answer = try await client.send(.post, Client.users, bad.body)
            #expect(answer.isError("ValidationException", 400, paths: bad.paths), "\(answer.text)")
        }
        #expect(try fixture.registry.userCount() == 0 && !fixture.homeExists(""))
    }

    @Test(arguments: [
        Case("", ""), Case("[]", ""), Case("{}", "/description"), Case(#"{"description":null}"#, "/description"),
        Case(#"{"username":"X"}"#, "/description"), Case(#"{"description":5}"#, "/description"),
        Case(#"{"homeDirectory":"x"}"#, "/homeDirectory"),
        Case(
            #"{"homeDirectory":"x","description":"","bucketName":"y"}"#, "/homeDirectory", "/description", "/bucketName"
        ),
    ])
    func updatesNameEveryWrongMemberAndChangeNothing(bad: Case) async throws {
        try await APIFixture().withClient { client async throws in
            let path = "\(Client.users)/\(try await client.create().username)"
            let before = try await client.send(.get, path).text
            let answer = try await client.send(.put, path, bad.body)
            #expect(answer.isError("ValidationException", 400, paths: bad.paths), "\(answer.text)")
            #expect(try await client.send(.get, path).text == before)
        }
    }

    @Test(arguments: [
        ("pageSize=0", "/pageSize"), ("pageSize=51", "/pageSize"), ("pageSize=-1", "/pageSize"),
        ("pageSize=", "/pageSize"),
        ("pageSize", "/pageSize"), ("pageSize=x", "/pageSize"), ("pageSize=1.0", "/pageSize"),
        ("pageSize=+1", "/pageSize"),
        ("pageSize=%zz", "/pageSize"), ("pageSize=%201", "/pageSize"), ("pageSize=1&pageSize=2", "/pageSize"),
        ("pageSize=99999999999999999999", "/pageSize"), ("page%53ize=0", "/pageSize"), ("pageSize=٣", "/pageSize"),
        ("pageToken=", "/pageToken"), ("pageToken=x", "/pageToken"), ("pageToken=%ff", "/pageToken"),
        ("pageToken=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "/pageToken"), ("pageToken=a&pageToken=b", "/pageToken"),
        ("pageSize=0&pageToken=x", "/pageSize /pageToken"),
    ])
    func listsNameEveryWrongParameter(query: String, paths: String) async throws {
        try await APIFixture().withClient { client async throws in
            let answer = try await client.send(.get, Client.users + "?" + query)
            let expected = paths.split(separator: " ").map(String.init)
            #expect(answer.isError("ValidationException", 400, paths: expected), "\(answer.text)")
        }
    }

    @Test func aSentenceSumsUpWhatIsAllowed() async throws {
        try await APIFixture().withClient { client async throws in
            let answer = try await client.send(.post, Client.users, #"{"homeDirectory":"a"}"#)
            #expect(
                answer.json["message"] as? String == #"homeDirectory must start with "/"; description must be given."#)
        }
    }

    @Test func aHomeThatLeadsThroughAFileIsRefused() async throws {
        let fixture = try APIFixture()
        try await fixture.withClient { client async throws in
            _ = try await client.create("/acme")
            let file = fixture.directory + "/buckets/" + fixture.registry.bucketName + "/acme/file"
            #expect(FileManager.default.createFile(atPath: file, contents: nil))
            let answer = try await client.create("/acme/file/home")
            #expect(answer.isError("ValidationException", 400, paths: ["/homeDirectory"]), "\(answer.text)")
        }
        #expect(try fixture.registry.userCount() == 1)
    }

    @Test func randomBodiesTokensAndPathsNeverGiveA5xx() async throws {
        let fixture = try APIFixture()
        let pieces = [
            "{", "}", "[", "]", ",", ":", "\"", "\"homeDirectory\"", "\"description\"", "\"passwordOptions\"",
            "\"length\"",
            "\"/a\"", "\"d\"", "24", "-1", "1e9", "null", "true", "\\u00e9", "\0", "é", " ",
        ]
        try await fixture.withClient { client async throws in
            for _ in 0..<400 {
                let body = (0..<Int.random(in: 0..<16)).compactMap { _ in pieces.randomElement() }.joined()
                let created = try await client.send(.post, Client.users, body)
                #expect([400, 201].contains(created.status), "\(body)")
                let bytes = (0..<Int.random(in: 0..<24)).map { _ in UInt8.random(in: 33...126) }
                let text = String(decoding: bytes, as: UTF8.self).filter { !"#?".contains($0) }
                let listed = try await client.send(.get, "\(Client.users)?pageToken=\(text)")
                #expect([400, 200].contains(listed.status), "\(text)")
                let read = try await client.send(.get, "/2022-04-01/\(text)")
                #expect([404, 200, 400].contains(read.status), "\(text)")
            }
        }
    }
}
