import Foundation
import ServiceTestSupport
import Testing

/// Every client of the matrix does every step that it has a way to do, against the real programs.
@Suite(SharedSite()) struct MatrixTests {
    @Test(arguments: Cell.all) func `a client does a step, and both sides and the log show it`(_ cell: Cell) throws {
        let site = try #require(Site.current)
        let faults = try site.run(cell.client, cell.step)
        #expect(faults.isEmpty, "\(cell.testDescription): \(faults.joined(separator: "\n"))")
    }

    @Test func `clients with weak algorithms alone are refused where these are not offered, and the log says so`()
        throws
    {
        let site = try #require(Site.current)
        for client in Client.weak where Cell.versions[client.name] != nil {
            let lines = site.quiet.log.lines.count
            let (result, user) = try site.runUnadmitted(client)
            #expect(result.status != 0, "\(client.name): \(result)")
            let refusal = site.quiet.log.waitForLine(from: lines) { $0.contains("to admit it: sftp.legacy_networks") }
            #expect(refusal != nil, "\(client.name): \(result)")
            #expect(!site.quiet.log.lines.contains { $0.contains("granted") && $0.contains("user=\(user.username)") })
        }
    }

    @Test func `while clients transfer, the server starts key exchanges; while they are silent, it speaks up`() throws {
        let site = try #require(Site.current)
        let daemon = site.rekeying
        let user = try daemon.api.createUser(home: "/rekeying")
        let client = daemon.client(user)
        // It says on its standard error what comes from the server; the limit of its own is far away.
        let result = try client.sftp(
            ["put \(site.large) large", "!sleep 2.5", "rm large"],
            arguments: ["-v", "-o", "RekeyLimit=4G"], seconds: 120)
        #expect(result.status == 0, "\(result.error.suffix(2_000))")
        let lines = result.error.split(whereSeparator: \.isNewline)
        let exchanges = lines.count { $0.contains("SSH2_MSG_KEXINIT received") }
        // One each 16 MiB; the first is the one that every connection begins with.
        #expect(exchanges > 10, "300 MiB went with \(exchanges) key exchanges")
        #expect(lines.contains { $0.contains("client_input_global_request: rtype keepalive@openssh.com") })
    }

    @Test func `every client is installed, and its driver can be built`() throws {
        for client in Client.wanted {
            switch Cell.presence[client.name] {
            case .success(.here): break
            case .success(.unable(let why)): print("⚠ \(client.name) is NOT TRIED: \(why)")
            case .success(.missing):
                let message = "\(client.name) is NOT TRIED: install \(client.packages), as scripts/test does"
                let mustBeHere = ProcessInfo.processInfo.environment["BERTH_INTEROP_REQUIRE_ALL"] == "1"
                if mustBeHere { Issue.record("\(message)") } else { print("⚠ \(message)") }
            case .failure(let error): Issue.record("\(client.name) can't be built or asked for its version: \(error)")
            case nil: Issue.record("\(client.name) was not looked for")
            }
        }
    }
}

/// docs/clients.md is what the tests do.
@Suite struct DocumentTests {
    @Test func `the matrix in docs/clients.md has every client and step that is tried, and why others are not`() throws
    {
        var versions = try Report.documentedVersions()
        if ProcessInfo.processInfo.environment["BERTH_INTEROP_UPDATE"] == "1" {
            versions.merge(Cell.versions) { $1 }
            try Report(versions: versions).update()
        }
        #expect(try Report.documented() == Report(versions: versions).lines.filter { !$0.isEmpty })
    }
}

/// One client and one step.
struct Cell: Sendable, CustomTestStringConvertible {
    let client: Client
    let step: Step

    var testDescription: String { "\(client.name): \(step.rawValue)" }

    /// Every client that is looked for, by name.
    static let presence: [String: Result<Driver.Presence, any Error>] = Dictionary(
        uniqueKeysWithValues: Client.wanted.map { client in (client.name, Result { try Driver(client).look() }) })

    /// Versions of the clients that are here, by name.
    static var versions: [String: String] {
        presence.compactMapValues { if case .success(.here(let version)) = $0 { version } else { nil } }
    }

    /// Every step of every client that is here, without those that it has no way to do.
    static var all: [Cell] {
        let versions = versions
        let only = ProcessInfo.processInfo.environment["BERTH_INTEROP_STEPS"].map {
            $0.split(separator: ",").map(String.init)
        }
        return Client.wanted.filter { versions[$0.name] != nil }.flatMap { client in
            client.steps.filter { client.cannot[$0] == nil && only?.contains($0.rawValue) ?? true }
                .map { Cell(client: client, step: $0) }
        }
    }
}

/// One pair of servers for all trials of a suite.
struct SharedSite: SuiteTrait, TestScoping {
    func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
    ) async throws {
        let site = try Site()
        try await Site.$current.withValue(site) { try await function() }
    }
}
