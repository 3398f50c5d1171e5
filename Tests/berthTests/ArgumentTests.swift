import ArgumentParser
import BerthClient
import Foundation
import Testing

@testable import berth

@Suite struct ArgumentTests {
    @Test(arguments: [("90s", 90), ("30m", 1_800), ("12h", 43_200), ("7d", 604_800), ("0d", 0), ("90d", 7_776_000)])
    func `a time has a unit`(text: String, seconds: Int) {
        #expect(TimeSpan(argument: text)?.seconds == seconds)
    }

    @Test(arguments: [
        "", "7", "d", "7w", "-7d", "+7d", "7.5d", "7 d", "7D", "٧d", "99999999999999999999d", "999999999999999999d",
    ])
    func `what is no time with a unit is refused`(text: String) {
        #expect(TimeSpan(argument: text) == nil)
    }

    @Test func `an end is a time from now, a day or a time`() throws {
        let now = try #require(Timestamp.date("2026-07-25T08:00:00Z"))
        func end(_ text: String) -> String? { Expiry(argument: text).map { Timestamp.text($0.date(from: now)) } }
        #expect(end("90d") == "2026-10-23T08:00:00.000Z")
        #expect(end("2027-01-31") == "2027-01-31T00:00:00.000Z")
        #expect(end("2027-01-31T12:00:00Z") == "2027-01-31T12:00:00.000Z")
        for text in ["", "soon", "2027-02-30", "2027-01-31 12:00", "31.1.2027"] { #expect(end(text) == nil, "\(text)") }
    }

    @Test(arguments: ["admin", "users:read,users:write", "buckets:read,buckets:write,metrics:read"])
    func `rights are named as the API names them`(text: String) {
        #expect(RightsArgument(argument: text)?.rights.map(\.rawValue).joined(separator: ",") == text)
    }

    @Test(arguments: ["", "all", "users:read,", ",admin", "users:read users:write", "Admin"])
    func `unknown rights are refused`(text: String) {
        #expect(RightsArgument(argument: text) == nil)
    }

    @Test(arguments: [
        ["user", "create"], ["user", "create", "--home", "/a"], ["user", "update", "U"], ["user", "read"],
        ["user", "password", "rotate", "U"], ["user", "password", "rotate", "U", "--overlap", "0d"],
        ["api-key", "create", "--name", "n"], ["api-key", "create", "--name", "n", "--rights", "all"],
        ["status", "--timeout", "0"], ["user", "delete", "U", "V"], ["nonsense"], ["user", "list", "--api-key", "k"],
    ])
    func `wrong arguments end with status 64`(arguments: [String]) throws {
        let error = try #require(throws: (any Error).self) { try Berth.parseAsRoot(arguments) }
        #expect(Berth.exitCode(for: error).rawValue == ExitStatus.usage.rawValue, "\(error)")
    }

    @Test func `no option takes a key`() throws {
        func names(_ command: CommandDescription) -> [String] {
            (command.arguments ?? []).flatMap { $0.names ?? [] }.map(\.name)
                + (command.subcommands ?? []).flatMap(names)
        }
        let all = try names(CommandDescription.program())
        #expect(all.contains("endpoint") && !all.contains { $0.contains("key") })
    }
}
