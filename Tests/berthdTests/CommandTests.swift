import ArgumentParser
import Foundation
import Registry
import Testing

@testable import berthd

@Suite struct CommandTests {
    @Test func berthdAloneRunsTheService() throws {
        let command = try Berthd.parseAsRoot(["--sandbox", "strict", "--bogus", "--check-config"])
        let run = try #require(command as? RunCommand)
        #expect(run.checkConfig && run.flags.values == [.sandbox: "strict"] && run.unrecognized == ["--bogus"])
    }

    @Test(arguments: ["", "a\nb", "\u{1b}", String(repeating: "a", count: 129)])
    func aKeyNeedsAPrintableName(name: String) {
        #expect(throws: (any Error).self) { try Berthd.parseAsRoot(["api-key", "create", "--name", name]) }
    }

    @Test(arguments: ["", "all", "users:read,", "users:read,nothing", "admin;x"])
    func unknownRightsAreRefused(rights: String) {
        let arguments = ["api-key", "create", "--name", "n", "--rights", rights]
        if rights == "users:read," {
            #expect(throws: Never.self) { try Berthd.parseAsRoot(arguments) }
        } else {
            #expect(throws: (any Error).self) { try Berthd.parseAsRoot(arguments) }
        }
    }

    @Test func keysAreMadeListedAndRevokedOnTheDataDirectory() throws {
        let directory = FileManager.default.temporaryDirectory.appendingPathComponent("berth-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: directory) }
        func run(_ arguments: String...) throws {
            var command = try Berthd.parseAsRoot(["api-key"] + arguments + ["--data", directory])
            try command.run()
        }
        func audit() throws -> [[String: Any]] {
            try String(contentsOfFile: directory + "/audit.jsonl", encoding: .utf8).split(separator: "\n").map { line in
                try #require(JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
            }
        }
        #expect(throws: APIKeyCommand.Failure.self) { try run("list") }
        try run("create", "--name", "first")
        let daemon = try Registry(path: directory + "/berth.sqlite")
        try run("create", "--name", "second", "--rights", "users:read")
        #expect(try daemon.apiKeys().map(\.name) == ["first", "second"])
        #expect(try audit().map { $0["key"] as? String } == ["first", "second"])
        #expect(try daemon.apiKeys().last?.rights == [.readUsers])
        try run("revoke", "1")
        #expect(try daemon.apiKeys().map(\.id) == [2])
        #expect(throws: APIKeyCommand.Failure.self) { try run("revoke", "1") }
        #expect(
            try audit().map { $0["event"] as? String } == ["api_key.created", "api_key.created", "api_key.revoked"])
        #expect(try audit().last?["key_id"] as? String == "1")
        let json = try JSONSerialization.jsonObject(with: Data(APIKeyListing.json(daemon.apiKeys()).utf8))
        let items = try #require(json as? [[String: Any]])
        #expect(items.count == 1 && items.first?["id"] as? String == "2" && items.first?["expiresAt"] == nil)
        #expect(try APIKeyListing.table(daemon.apiKeys()).split(separator: "\n").count == 2)
    }
}
