import Foundation
import HTTPTypes
import Provisioning
import Registry
import Synchronization
import Testing

@testable import ManagementAPI

@Suite struct BlockOperationTests {
    let fixture: APIFixture

    private static let path = "/berth/v1/blocks"

    init() throws {
        fixture = try APIFixture()
    }

    private func block(_ number: Int, _ source: String? = nil) {
        let began = Date(timeIntervalSince1970: 1_795_452_592.123 + Double(number))
        let block = BlockedSource(
            source: source ?? "192.0.2.\(number)", beganAt: began, endsAt: began.addingTimeInterval(60), number: 1,
            failures: 10, reason: "10 failed logins")
        fixture.blocks.present.withLock { $0.append(block) }
    }

    @Test func blocksAreListedWithTheirReasonAndEnd() async throws {
        block(1)
        try await fixture.withClient { client async throws in
            let answer = try await client.send(.get, Self.path)
            #expect(
                answer.status == 200
                    && answer.text
                        == #"{"items":[{"address":"192.0.2.1","failures":10,"reason":"10 failed logins","until":"2026-11-23T16:50:53.123Z"}]}"#
            )
        }
    }

    @Test func pagesLeadThroughAllBlocks() async throws {
        for number in 0..<7 { block(number) }
        try await fixture.withClient { client async throws in
            var seen: [String] = []
            var path = "\(Self.path)?pageSize=3"
            for page in 0..<3 {
                let answer = try await client.send(.get, path)
                #expect(answer.items.count == (page < 2 ? 3 : 1))
                seen += answer.items.compactMap { $0["address"] as? String }
                let token = answer.json["nextPageToken"] as? String
                #expect((token != nil) == (page < 2))
                path = "\(Self.path)?pageSize=3&pageToken=\(token ?? "")"
            }
            #expect(seen == (0..<7).map { "192.0.2.\($0)" })
            #expect(
                try await client.send(.get, "\(Self.path)?pageSize=51").isError(
                    "ValidationException", 400, paths: ["/pageSize"]))
        }
    }

    @Test func aTokenOfTheListOfUsersIsNoneOfBlocks() async throws {
        try await fixture.withClient { client async throws in
            for _ in 0..<2 { _ = try await client.create() }
            let users = try await client.send(.get, "\(Client.users)?pageSize=1")
            let token = users.json["nextPageToken"] as? String ?? ""
            #expect(try await client.send(.get, "\(Client.users)?pageToken=\(token)").status == 200)
            #expect(
                try await client.send(.get, "\(Self.path)?pageToken=\(token)").isError(
                    "ValidationException", 400, paths: ["/pageToken"]))
        }
    }

    @Test(arguments: [("192.0.2.1", "192.0.2.1"), ("2001:db8::/64", "2001:db8::%2F64")])
    func aBlockIsEndedByItsAddress(source: String, segment: String) async throws {
        block(1, source)
        try await fixture.withClient { client async throws in
            #expect(try await client.send(.delete, "\(Self.path)/\(segment)").status == 204)
            #expect(
                try await client.send(.delete, "\(Self.path)/\(segment)").isError("ResourceNotFoundException", 404))
            #expect(try await client.send(.get, Self.path).items.isEmpty)
        }
    }

    @Test func itTakesTheRightAdmin() async throws {
        let rights = Set(AccessRight.allCases).subtracting([.admin])
        let key = try fixture.registry.createAPIKey(name: "all but admin", rights: rights).1.revealed()
        block(1)
        try await fixture.withClient { client async throws in
            for (method, path) in [(HTTPRequest.Method.get, Self.path), (.delete, "\(Self.path)/192.0.2.1")] {
                let answer = try await client.send(method, path, authorization: "Key \(key)")
                #expect(answer.isError("AccessDeniedException", 403))
            }
            #expect(try await client.send(.get, Self.path).items.count == 1)
        }
    }
}
