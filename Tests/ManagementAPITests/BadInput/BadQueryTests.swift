import Foundation
import HTTPTypes
import Provisioning
import Registry
import SessionBroker
import Synchronization
import Testing

@testable import ManagementAPI

/// Tables of wrong queries and of names that are none.
@Suite struct BadQueryTests {
    let fixture: APIFixture

    init() throws {
        fixture = try APIFixture()
    }

    /// The lists with pages, in an installation that has two entries or more of each.
    private func lists(_ client: Client) async throws -> [String] {
        var lists = [Client.users, "/berth/v1/blocks", "/berth/v1/api-keys", "/berth/v1/sessions"]
        for number in UInt64(1)...2 {
            let name = try await client.create("/\(number)").username
            _ = try await client.send(.post, "/berth/v1/users/\(name)/password", #"{"overlapSeconds":3600}"#)
            lists.append("/berth/v1/users/\(name)/passwords")
            let began = Date(timeIntervalSince1970: 1_784_969_339 + Double(number))
            fixture.blocks.present.withLock {
                $0.append(
                    BlockedSource(
                        source: "192.0.2.\(number)", beganAt: began, endsAt: began.addingTimeInterval(60), number: 1,
                        failures: 10, reason: "10 failed logins"))
            }
            fixture.open.present.withLock {
                $0.append(
                    OpenSession(
                        id: String(format: "%016x", number), username: name, address: "192.0.2.1:50022",
                        client: "SSH-2.0-x", since: began, bytesIn: 1, bytesOut: 2))
            }
            _ = try fixture.registry.createAPIKey(name: "key \(number)", rights: [.readUsers])
        }
        return lists
    }

    private static func percent(_ byte: UInt8) -> String { String(format: "%%%02x", byte) }

    private func expect(_ query: String, _ paths: [String], of lists: [String], _ client: Client) async throws {
        for list in lists {
            let answer = try await client.send(.get, "\(list)?\(query)")
            let isRight =
                paths.isEmpty ? answer.status == 200 : answer.isError("ValidationException", 400, paths: paths)
            #expect(isRight, "\(list)?\(query.prefix(80)): \(answer.summary)")
        }
    }

    @Test func thePageSizeIsAnIntegerFrom1To50InDecimalDigits() async throws {
        let right = ["1", "2", "25", "49", "50", "%31", "2%35", "01", "00050"]
        let wrong = [
            "0", "51", "52", "-1", "-0", "-25", "100", "257", "281", "65537", "4294967297", "18446744073709551617",
            "9223372036854775807", "9223372036854775808", "12345678901234567890", String(repeating: "9", count: 10_000),
            "", "1.0", "25.0", "2.5e1", "25e0", "1e400", "NaN", "Infinity", "null", "true", "undefined", "[]", "[25]",
            "{}",
            "%2B25", "+25", "%2025", "25%20", "25%00", "%0025", "25%0a", "0x19", "0b1", "2_5", "2,5", "25;", "25%26",
            "\"25\"",
            "--25", "25-", "twenty", "%D9%A2%D9%A5", "%EF%BC%92%EF%BC%95", "%F0%9D%9F%90", "%E2%80%8B25", "25%CC%81",
            "%E2%88%9225", "%", "%2", "%zz", "25%", "%25", "%u0031", "%c0%b1", "%ff", "%ed%a0%80", "%f4%90%80%80",
        ]
        try await fixture.withClient { client async throws in
            let lists = try await self.lists(client)
            for value in right { try await expect("pageSize=\(value)", [], of: lists, client) }
            for value in wrong { try await expect("pageSize=\(value)", ["/pageSize"], of: lists, client) }
            for byte in UInt8(0)...0xff where !(UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) {
                for value in ["\(Self.percent(byte))25", "2\(Self.percent(byte))5", "25\(Self.percent(byte))"] {
                    // "-25" is a number, though not one that is allowed.
                    try await expect("pageSize=\(value)", ["/pageSize"], of: lists, client)
                }
            }
        }
    }

    @Test func aParameterIsGivenOnceUnderItsOwnName() async throws {
        try await fixture.withClient { client async throws in
            let lists = try await self.lists(client)
            for query in [
                "pageSize=25&pageSize=25", "pageSize=25&pageSize", "pageSize=&pageSize=1", "pageSize=1&page%53ize=1",
                "pageSize=1&x=y&pageSize=2", "pageSize",
            ] { try await expect(query, ["/pageSize"], of: lists, client) }
            for query in ["pageToken=&pageToken=", "pageToken=x&page%54oken=x", "pageToken"] {
                try await expect(query, ["/pageToken"], of: lists, client)
            }
            for query in [
                "", "&", "&&", "=", "=1", "x", "x=%", "%=1", "%ff=%ff", "PageSize=0", "pagesize=0", "PAGESIZE=0",
                "pageSize%20=0",
                "pageSize%00=0", "+pageSize=0", "page_size=0", "pageSize[]=0", "pag%D0%B5Size=0", "pageSize%CC%81=0",
                "pageSize%E2%80%8B=0", "pageToken%00=x", String(repeating: "x=y&", count: 5_000),
            ] { try await expect(query, [], of: lists, client) }
            try await expect("pageToken=x&pageSize=0", ["/pageSize", "/pageToken"], of: lists, client)
        }
    }

    @Test func aTokenIsOneThatWasGivenForThisList() async throws {
        try await fixture.withClient { client async throws in
            let lists = try await self.lists(client)
            var tokens: [String] = []
            for list in lists {
                let page = try await client.send(.get, "\(list)?pageSize=1")
                #expect(page.items.count == 1, "\(list)")
                tokens.append(try #require(page.json["nextPageToken"] as? String, "\(list)"))
            }
            for (list, own) in zip(lists, tokens) {
                for token in tokens where token != own {
                    try await expect("pageToken=\(token)", ["/pageToken"], of: [list], client)
                }
                let count = try await client.send(.get, list).items.count
                let next = try await client.send(.get, "\(list)?pageToken=\(own)")
                #expect(next.status == 200 && next.items.count == count - 1, "\(list): \(next.summary)")
                for value in wrongTokens(own) {
                    try await expect("pageToken=\(value)", ["/pageToken"], of: [list], client)
                }
            }
            #expect(Set(tokens).count == lists.count)
        }
    }

    /// What is not quite that token.
    private func wrongTokens(_ token: String) -> [String] {
        var wrong = [
            "", " ", "0", "1", "null", "true", token + "=", token + "==", token + "A", "A" + token, token + token,
            token.lowercased(), token.uppercased(), String(token.reversed()), token + "%00", "%00" + token,
            token + "%0a", "%20" + token, "+" + token, token + "%CC%81", "%EF%BB%BF" + token,
            String(repeating: "A", count: 32), String(repeating: "A", count: 10_000), "%", "%ff", "..%2f..",
            "' OR 1=1 --", fixture.registry.bucketName,
        ].map { $0.replacing(" ", with: "%20") }
        // Each beginning of it, and it with another character in each place.
        for index in token.indices {
            wrong.append(String(token[..<index]))
            let next = token.index(after: index)
            for character in ["A", "b", "0", "-", "_", ".", "~", "%2B", "%2F", "%3D"] {
                let changed = "\(token[..<index])\(character)\(token[next...])"
                if changed != token { wrong.append(changed) }
            }
        }
        return wrong
    }

    @Test func whetherSessionsEndIsSaidOnceByOneOfTwoWords() async throws {
        try await fixture.withClient { client async throws in
            let list = try #require(try await lists(client).last)
            let name = list.split(separator: "/")[3]
            let id = try #require(try await client.send(.get, list).items.first?["id"] as? String)
            let before = try Holdings(fixture)
            for query in [
                "endSessions", "endSessions=", "endSessions=1", "endSessions=0", "endSessions=yes", "endSessions=no",
                "endSessions=True", "endSessions=TRUE", "endSessions=t", "endSessions=on", "endSessions=null",
                "endSessions=true%20", "endSessions=+true", "endSessions=%22true%22", "endSessions=true%00",
                "endSessions=true%0a", "endSessions=tru%D0%B5", "endSessions=true%CC%81", "endSessions=%EF%BB%BFtrue",
                "endSessions=%ff", "endSessions=%", "endSessions=true&endSessions=true",
                "endSessions=true&endSessions=false", "endSessions=true&end%53essions=true", "endSessions=true;x=y",
            ] {
                let answer = try await client.send(.delete, "\(list)/\(id)?\(query)")
                #expect(
                    answer.isError("ValidationException", 400, paths: ["/endSessions"]), "\(query): \(answer.summary)")
            }
            #expect(try Holdings(fixture) == before)
            let ended = try await client.send(.delete, "\(list)/\(id)?EndSessions=x&end%53essions=%74rue")
            #expect(ended.status == 204)
            #expect(fixture.sessions.ended.withLock { $0 } == [String(name)])
        }
    }

    @Test func aNameThatWasNotGivenIsNotFoundByAnyOperation() async throws {
        try await fixture.withClient { client async throws in
            let passwords = try #require(try await lists(client).last)
            let user = String(passwords.split(separator: "/")[3])
            let password = try #require(try await client.send(.get, passwords).items.last?["id"] as? String)
            let key = try #require(try fixture.registry.apiKeys().last?.id)
            let session = try #require(fixture.open.present.withLock { $0.last?.id })
            let before = try Holdings(fixture)
            let operations: [(method: HTTPRequest.Method, path: String, rest: String, body: String?, name: String)] = [
                (.get, "\(Client.users)/", "", nil, user),
                (.put, "\(Client.users)/", "", #"{"description":"x"}"#, user),
                (.delete, "\(Client.users)/", "", nil, user),
                (.get, "/berth/v1/users/", "/algorithms", nil, user),
                (.put, "/berth/v1/users/", "/algorithms", #"{"legacyAlgorithms":true}"#, user),
                (.post, "/berth/v1/users/", "/password", nil, user),
                (.get, "/berth/v1/users/", "/passwords", nil, user),
                (.delete, "/berth/v1/users/", "/passwords/\(password)", nil, user),
                (.delete, "\(passwords)/", "", nil, password), (.delete, "/berth/v1/api-keys/", "", nil, String(key)),
                (.delete, "/berth/v1/sessions/", "", nil, session),
                (.delete, "/berth/v1/blocks/", "", nil, "192.0.2.1"),
            ]
            let others = Dictionary(
                uniqueKeysWithValues: Set(operations.map(\.name)).map { ($0, Self.others(than: $0)) })
            for operation in operations {
                for other in others[operation.name] ?? [] {
                    let path = operation.path + other + operation.rest
                    let answer = try await client.send(operation.method, path, operation.body)
                    #expect(
                        answer.isError("ResourceNotFoundException", 404),
                        "\(operation.method) \(path.prefix(80)): \(answer.summary)")
                }
            }
            #expect(try Holdings(fixture) == before)
            #expect(
                fixture.open.present.withLock { $0.count } == 2 && fixture.blocks.present.withLock { $0.count } == 2)
        }
    }

    /// Segments of a path that look like that name, or like nobody's.
    private static func others(than name: String) -> [String] {
        var others = [
            name.lowercased(), name + "A", String(name.dropLast()), String(name.reversed()) + "Z", "A" + name, "0",
            "-1", "null", "*", "%2A", "%25", "%20", "..", ".", "%2e", "%2e%2e", "%2e%2e%2f%2e%2e", "..%5c..",
            "'%20OR%201=1%20--", "%22", "%E2%80%AE" + name, name + "%CC%81", name + "%E2%80%8B", "%EF%BB%BF" + name,
            "%EF%BC%A1", "%D0%90", "%", "%z", "%4", "%c0%80", "%c0%af", "%ed%a0%80", "%f4%90%80%80", "%ff%fe",
            "%u0041", String(repeating: "A", count: 10_000), String(repeating: "%41", count: 3_000), name + ";x=y",
            name + ":80", "0" + name, "+" + name, "-" + name, "0x" + name, name + ".0", name + "e0", name + "," + name,
            "%D9%A1", "%EF%BC%91", "9223372036854775807", "9223372036854775808", "-9223372036854775808",
            "18446744073709551617", String(repeating: "0", count: 16), String(repeating: "9", count: 10_000),
        ]
        for byte in UInt8(0)...0xff {
            others.append(percent(byte) + name)
            others.append(name + percent(byte))
            others.append("\(name.prefix(4))\(percent(byte))\(name.dropFirst(5))")
        }
        return others.filter { !$0.isEmpty && $0.removingPercentEncoding != name }
    }
}
