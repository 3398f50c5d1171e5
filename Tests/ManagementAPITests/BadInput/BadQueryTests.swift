import Foundation
import HTTPTypes
import Provisioning
import Registry
import Synchronization
import Testing

@testable import ManagementAPI

/// Tables of wrong queries and of names that are none.
@Suite struct BadQueryTests {
    let fixture: APIFixture

    init() throws {
        fixture = try APIFixture()
    }

    /// The lists with pages, and the name that the tokens of each are made for.
    private static let lists = [Client.users, "/berth/v1/blocks"]

    private static func percent(_ byte: UInt8) -> String { String(format: "%%%02x", byte) }

    private func expect(_ query: String, _ paths: [String], of client: Client) async throws {
        for list in Self.lists {
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
            for value in right { try await expect("pageSize=\(value)", [], of: client) }
            for value in wrong { try await expect("pageSize=\(value)", ["/pageSize"], of: client) }
            for byte in UInt8(0)...0xff where !(UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) {
                for value in ["\(Self.percent(byte))25", "2\(Self.percent(byte))5", "25\(Self.percent(byte))"] {
                    // "-25" is a number, though not one that is allowed.
                    try await expect("pageSize=\(value)", ["/pageSize"], of: client)
                }
            }
        }
    }

    @Test func aParameterIsGivenOnceUnderItsOwnName() async throws {
        try await fixture.withClient { client async throws in
            for query in [
                "pageSize=25&pageSize=25", "pageSize=25&pageSize", "pageSize=&pageSize=1", "pageSize=1&page%53ize=1",
                "pageSize=1&x=y&pageSize=2", "pageSize",
            ] { try await expect(query, ["/pageSize"], of: client) }
            for query in ["pageToken=&pageToken=", "pageToken=x&page%54oken=x", "pageToken"] {
                try await expect(query, ["/pageToken"], of: client)
            }
            for query in [
                "", "&", "&&", "=", "=1", "x", "x=%", "%=1", "%ff=%ff", "PageSize=0", "pagesize=0", "PAGESIZE=0",
                "pageSize%20=0",
                "pageSize%00=0", "+pageSize=0", "page_size=0", "pageSize[]=0", "pag%D0%B5Size=0", "pageSize%CC%81=0",
                "pageSize%E2%80%8B=0", "pageToken%00=x", String(repeating: "x=y&", count: 5_000),
            ] { try await expect(query, [], of: client) }
            try await expect("pageToken=x&pageSize=0", ["/pageSize", "/pageToken"], of: client)
        }
    }

    @Test func aTokenIsOneThatWasGivenForThisList() async throws {
        try await fixture.withClient { client async throws in
            for number in 0..<3 { _ = try await client.create("/\(number)") }
            let page = try await client.send(.get, "\(Client.users)?pageSize=1")
            let token = try #require(page.json["nextPageToken"] as? String)
            let next = try await client.send(.get, "\(Client.users)?pageToken=\(token)")
            #expect(next.status == 200 && next.items.count == 2)
            let other = try await client.send(.get, "\(Self.lists[1])?pageToken=\(token)")
            #expect(other.isError("ValidationException", 400, paths: ["/pageToken"]), "\(other.summary)")

            var wrong = [
                "", " ", "0", "1", "null", "true", token + "=", token + "==", token + "A", "A" + token, token + token,
                token.lowercased(), token.uppercased(), String(token.reversed()), token + "%00", "%00" + token,
                token + "%0a",
                "%20" + token, "+" + token, token + "%CC%81", "%EF%BB%BF" + token, String(repeating: "A", count: 32),
                String(repeating: "A", count: 10_000), "%", "%ff", "..%2f..", "' OR 1=1 --",
                fixture.registry.bucketName,
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
            for value in wrong { try await expect("pageToken=\(value)", ["/pageToken"], of: client) }
        }
    }

    @Test func aNameThatWasNotGivenIsNotFoundByAnyOperation() async throws {
        try await fixture.withClient { client async throws in
            let name = try await client.create().username
            let before = try Holdings(fixture)
            var others = [
                name.lowercased(), name + "A", String(name.dropLast()), String(name.reversed()) + "Z", "A" + name, "0",
                "-1",
                "null", "*", "%2A", "%25", "%20", "..", ".", "%2e", "%2e%2e", "%2e%2e%2f%2e%2e", "..%5c..",
                "'%20OR%201=1%20--",
                "%22", "%E2%80%AE" + name, name + "%CC%81", name + "%E2%80%8B", "%EF%BB%BF" + name, "%EF%BC%A1",
                "%D0%90",
                "%", "%z", "%4", "%c0%80", "%c0%af", "%ed%a0%80", "%f4%90%80%80", "%ff%fe", "%u0041",
                String(repeating: "A", count: 10_000), String(repeating: "%41", count: 3_000), name + ";x=y",
                name + ":80",
            ]
            for byte in UInt8(0)...0xff {
                others.append(Self.percent(byte) + name)
                others.append(name + Self.percent(byte))
                others.append("\(name.prefix(4))\(Self.percent(byte))\(name.dropFirst(5))")
            }
            others.removeAll { $0.removingPercentEncoding == name }
            for other in others {
                for (method, path, body) in [
                    (HTTPRequest.Method.get, "\(Client.users)/\(other)", nil as String?),
                    (.put, "\(Client.users)/\(other)", #"{"description":"x"}"#),
                    (.delete, "\(Client.users)/\(other)", nil), (.get, "/berth/v1/users/\(other)/algorithms", nil),
                    (.put, "/berth/v1/users/\(other)/algorithms", #"{"legacyAlgorithms":true}"#),
                    (.delete, "/berth/v1/blocks/\(other)", nil),
                ] {
                    let answer = try await client.send(method, path, body)
                    #expect(
                        answer.isError("ResourceNotFoundException", 404),
                        "\(method) \(path.prefix(80)): \(answer.summary)")
                }
            }
            #expect(try Holdings(fixture) == before)
            #expect(fixture.sessions.ended.withLock { $0 }.isEmpty)
        }
    }
}
