import Foundation
import Testing

@testable import BerthClient

@Suite struct PagingTests {
    private func page(_ names: [String], next: String?) -> ScriptedServer.Step {
        let items = names.map { Answers.user.replacing("VVJ9PRKM", with: $0) }.joined(separator: ",")
        let token = next.map { #","nextPageToken":"\#($0)""# } ?? ""
        return .answer(200, body: #"{"items":[\#(items)]\#(token)}"#)
    }

    private func client(_ base: String) throws -> SftpClient {
        try SftpClient(
            region: "us", apiKey: Secret("k"), endpoint: base, options: SftpClientOptions(retries: .never))
    }

    @Test func `a walk takes each page once and ends where there is no token`() async throws {
        let steps = [page(["A", "B"], next: "1"), page([], next: "2"), page(["C"], next: nil)]
        try await ScriptedServer.with(steps) { server, base in
            var names: [String] = []
            for try await user in try client(base).users(pageSize: 7) { names.append(user.username) }
            #expect(names == ["A", "B", "C"])
            #expect(
                server.requests.map(\.uri) == [
                    "/2022-04-01/users?pageSize=7", "/2022-04-01/users?pageSize=7&pageToken=1",
                    "/2022-04-01/users?pageSize=7&pageToken=2",
                ])
        }
    }

    @Test func `a page is asked for when the one before has been used up`() async throws {
        try await ScriptedServer.with([page(["A", "B"], next: "1"), page(["C"], next: nil)]) { server, base in
            var walk = try client(base).users().makeAsyncIterator()
            #expect(server.requests.isEmpty)
            #expect(try await walk.next()?.username == "A")
            #expect(try await walk.next()?.username == "B")
            #expect(server.requests.count == 1)
            #expect(try await walk.next()?.username == "C")
            #expect(try await walk.next() == nil)
            #expect(try await walk.next() == nil)
            #expect(server.requests.count == 2)
        }
    }

    @Test func `a page that fails ends the walk`() async throws {
        let steps = [page(["A"], next: "1"), Answers.error(403, "AccessDeniedException"), page(["B"], next: nil)]
        try await ScriptedServer.with(steps) { _, base in
            var walk = try client(base).users().makeAsyncIterator()
            #expect(try await walk.next()?.username == "A")
            do throws(SftpClientError) {
                _ = try await walk.next()
                Issue.record("the page was read")
            } catch {
                guard case .accessDenied = error else { throw error }
            }
            #expect(try await walk.next() == nil)
        }
    }

    @Test func `a token that leads back to its own page ends the walk`() async throws {
        try await ScriptedServer.with([page(["A"], next: "1")]) { server, base in
            var walk = try client(base).users().makeAsyncIterator()
            #expect(try await walk.next()?.username == "A")
            do throws(SftpClientError) {
                _ = try await walk.next()
                Issue.record("the walk goes on")
            } catch {
                guard case .unexpectedResponse = error else { throw error }
            }
            #expect(server.requests.count == 2)
        }
    }
}
