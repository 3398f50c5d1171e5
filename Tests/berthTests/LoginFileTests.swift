import ArgumentParser
import BerthClient
import Foundation
import Glibc
import ServiceTestSupport
import Testing

@testable import berth

@Suite struct LoginFileTests {
    private let workspace: Workspace
    private let environment: [String: String]
    private let login = LoginFile(
        endpoint: "https://berth.example.com/2022-04-01", key: Secret("berth_stored"), trustRoots: "/etc/roots.pem")

    init() throws {
        workspace = try Workspace()
        environment = ["HOME": workspace.path]
    }

    @Test func `it is where XDG has it, or in the home directory`() throws {
        #expect(try LoginFile.path(["HOME": "/h"]) == "/h/.config/berth/login.json")
        #expect(try LoginFile.path(["HOME": "/h", "XDG_CONFIG_HOME": "/x"]) == "/x/berth/login.json")
        #expect(try LoginFile.path(["HOME": "/h", "XDG_CONFIG_HOME": "relative"]) == "/h/.config/berth/login.json")
        #expect(throws: CommandFailure.self) { try LoginFile.path([:]) }
    }

    @Test func `it is its owner's alone, and so is its directory`() throws {
        let old = umask(0)
        defer { umask(old) }
        let path = try login.save(environment)
        #expect(try LoginFile.load(environment) == login)
        let attributes = try FileManager.default.attributesOfItem(atPath: path)
        #expect(attributes[.posixPermissions] as? Int == 0o600)
        let directory = try FileManager.default.attributesOfItem(atPath: workspace.file(".config/berth"))
        #expect(directory[.posixPermissions] as? Int == 0o700)
        // A second login replaces it whole, and leaves nothing beside it.
        let other = LoginFile(endpoint: "http://127.0.0.1:1/2022-04-01", key: Secret("k"), trustRoots: nil)
        #expect(try other.save(environment) == path)
        #expect(try LoginFile.load(environment) == other)
        #expect(try FileManager.default.contentsOfDirectory(atPath: workspace.file(".config/berth")) == ["login.json"])
    }

    @Test(arguments: ["file", "link"])
    func `what a login that was killed has left goes with the next one`(kind: String) throws {
        let directory = workspace.file(".config/berth")
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        let leftover = "\(directory)/\(LoginFile.unfinishedName)"
        let elsewhere = try workspace.write("elsewhere", Data("theirs".utf8))
        switch kind {
        case "file": try Data("berth_left".utf8).write(to: URL(fileURLWithPath: leftover))
        default: symlink(elsewhere, leftover)
        }
        let path = try login.save(environment)
        #expect(try FileManager.default.contentsOfDirectory(atPath: directory) == ["login.json"])
        #expect(try LoginFile.load(environment) == login)
        #expect(try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int == 0o600)
        #expect(try Data(contentsOf: URL(fileURLWithPath: elsewhere)) == Data("theirs".utf8))
    }

    @Test func `one that can't be put in place leaves nothing beside it`() throws {
        let place = workspace.file(".config/berth/login.json")
        try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: true)
        #expect(throws: CommandFailure.self) { try login.save(environment) }
        #expect(try FileManager.default.contentsOfDirectory(atPath: workspace.file(".config/berth")) == ["login.json"])
    }

    @Test func `of many at once each is put in place whole`() async throws {
        let logins = (0..<8).map { number in
            LoginFile(
                endpoint: "https://\(number).example.com/2022-04-01",
                key: Secret(String(repeating: "k", count: 30_000)),
                trustRoots: nil)
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for login in logins {
                group.addTask {
                    for _ in 0..<10 {
                        _ = try login.save(environment)
                        let loaded = try LoginFile.load(environment)
                        #expect(loaded.map(logins.contains) == true)
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: workspace.file(".config/berth")) == ["login.json"])
    }

    @Test(.timeLimit(.minutes(1))) func `what is no file is refused, and not waited for`() throws {
        let path = try login.save(environment)
        unlink(path)
        #expect(mkfifo(path, 0o600) == 0)
        let failure = try #require(throws: CommandFailure.self) { try LoginFile.load(environment) }
        #expect(failure.status == .configuration && failure.message.hasSuffix("is no file"))
    }

    @Test(arguments: [0o640, 0o604, 0o660, 0o602])
    func `one that others can read or change is refused`(mode: Int) throws {
        chmod(try login.save(environment), mode_t(mode))
        let failure = try #require(throws: CommandFailure.self) { try LoginFile.load(environment) }
        #expect(failure.status == .configuration && failure.message.contains("chmod 600"))
    }

    @Test(arguments: ["", "{}", "[]", "{", #"{"endpoint":"x"}"#])
    func `one that is not what was stored is refused, without its content`(content: String) throws {
        let path = try login.save(environment)
        try Data(content.utf8).write(to: URL(fileURLWithPath: path))
        chmod(path, 0o600)
        let failure = try #require(throws: CommandFailure.self) { try LoginFile.load(environment) }
        #expect(failure.status == .configuration)
    }

    @Test func `a missing one is none`() throws {
        #expect(try LoginFile.load(environment) == nil)
        #expect(try LoginFile.load([:]) == nil)
    }

    private func connection(_ arguments: [String] = [], _ variables: [String: String] = [:]) throws -> Connection {
        let options = try ConnectionOptions.parse(arguments)
        return try Connection(options, variables) { login }
    }

    @Test func `options go before the environment, the environment before the login`() throws {
        let stored = try connection()
        #expect(stored.endpoint.description == login.endpoint && stored.apiKey == login.key)
        #expect(stored.trustRoots == "/etc/roots.pem")
        let variables = ["BERTH_API": "http://127.0.0.1:1/2022-04-01", "BERTH_API_KEY": "berth_variable"]
        let named = try connection([], variables)
        #expect(named.endpoint.description == variables["BERTH_API"] && named.apiKey == Secret("berth_variable"))
        #expect(named.trustRoots == nil)
        let flagged = try connection(
            ["--endpoint", "http://127.0.0.1:2/2022-04-01", "--trust-roots", "/r"], variables)
        #expect(flagged.endpoint.description == "http://127.0.0.1:2/2022-04-01" && flagged.trustRoots == "/r")
        #expect(try connection([], ["BERTH_API_KEY": "berth_variable"]).apiKey == Secret("berth_variable"))
    }

    @Test func `the stored key is for the service that it was stored for`() throws {
        #expect(try connection(["--endpoint", login.endpoint + "/"]).apiKey == login.key)
        let failure = try #require(throws: CommandFailure.self) {
            try connection([], ["BERTH_API": "https://elsewhere.example.com/2022-04-01"])
        }
        #expect(failure.status == .notAllowed && !failure.message.contains("berth_stored"))
    }

    @Test func `without a login and without variables it is said what is missing`() throws {
        let options = try ConnectionOptions.parse([])
        #expect(throws: SftpClientError.missingEndpoint) { try Connection(options, [:]) { nil } }
        let keyless = try Connection(options, ["BERTH_API": "http://127.0.0.1:1/2022-04-01"]) { nil }
        #expect(keyless.apiKey == nil)
    }
}
