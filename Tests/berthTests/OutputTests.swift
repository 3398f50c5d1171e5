import Foundation
import Testing

@testable import BerthClient
@testable import berth

@Suite struct OutputTests {
    @Test(arguments: [
        ("Acme Corp", "Acme Corp"), ("a\nb\r\tc", "a\\nb\\r\\tc"), ("\u{1b}[2J", "\\u{1b}[2J"),
        ("\u{9b}31m", "\\u{9b}31m"), ("a\\n", "a\\\\n"), ("\u{202e}evil", "\\u{202e}evil"), ("Müller 😀", "Müller 😀"),
        ("\u{7f}\u{0}", "\\u{7f}\\u{0}"), ("\u{2028}", "\\u{2028}"),
    ])
    func `text of the service moves nothing on a terminal`(text: String, shown: String) {
        #expect(TerminalText.escaped(text) == shown)
        #expect(TerminalText.lines("x\n" + text.replacing("\n", with: "")).hasPrefix("x\n"))
    }

    @Test(arguments: ["Acme", "\u{1b}[2J", "\u{9b}31m", "\u{7f}", "\u{202e}", "Müller 😀", "\u{e000}", "\u{f0000}"])
    func `JSON is the same value, and moves nothing on a terminal either`(text: String) throws {
        let json = try JSONText.line(["description": text])
        #expect(json.unicodeScalars.allSatisfy(TerminalText.isPrintable), "\(json)")
        #expect(try JSONDecoder().decode([String: String].self, from: Data(json.utf8)) == ["description": text])
    }

    @Test func `times are written in the API's form`() throws {
        let entry = try JSONDecoder().decode(
            BlockEntryFields.self, from: Data(JSONText.line(["until": Date(timeIntervalSince1970: 0.5)]).utf8))
        #expect(entry.until == "1970-01-01T00:00:00.500Z")
    }

    private struct BlockEntryFields: Decodable { let until: String }

    @Test func `columns are as wide as what is in them`() {
        #expect(Table.line(["a", "b", "c"], [3, 1, 1]) == "a    b  c")
        #expect(Table.line(["too wide", "b"], [3, 1]) == "too wide  b")
        #expect(Record.text([("a", "1"), ("long", nil)]) == "a     1\nlong  -")
    }

    @Test func `each status of the manual is one of sysexits or 0 or 1`() {
        let every = berth.ExitStatus.allCases
        #expect(every.allSatisfy { [0, 1].contains($0.rawValue) || (64...78).contains($0.rawValue) })
        #expect(Set(every.map(\.meaning)).count == every.count)
    }

    private static let failure = failure(mayHaveBeenCarriedOut: false)
    private static func failure(mayHaveBeenCarriedOut: Bool) -> ServiceFailure {
        ServiceFailure(
            operation: "CreateUser", region: "berth", message: "Because.", mayHaveBeenCarriedOut: mayHaveBeenCarriedOut,
            metadata: ResponseMetadata(httpStatusCode: 400, requestID: "r-1", attempts: 1))
    }
    private static let network = network(mayHaveBeenCarriedOut: false)
    private static func network(mayHaveBeenCarriedOut: Bool) -> NetworkFailure {
        NetworkFailure(
            operation: "CreateUser", endpoint: "http://a/2022-04-01", region: "berth", reason: "refused",
            mayHaveBeenCarriedOut: mayHaveBeenCarriedOut, requestID: "r-1", attempts: 3)
    }

    @Test func `what the service refuses ends with the status for it`() {
        let rules: [(SftpClientError, berth.ExitStatus)] = [
            (.validation([], Self.failure), .invalidInput), (.resourceNotFound(Self.failure), .notFound),
            (.unauthorized(Self.failure), .notAllowed), (.accessDenied(Self.failure), .notAllowed),
            (.missingAPIKey, .notAllowed), (.unreachable(Self.network), .unreachable),
            (.timedOut(Self.network), .tryAgain), (.throttling(Self.failure), .tryAgain),
            (.serviceUnavailable(Self.failure), .tryAgain), (.resourceConflict(Self.failure), .failure),
            (.preconditionFailed(Self.failure), .failure), (.serviceQuotaExceeded(Self.failure), .failure),
            (.unmapped(Self.failure), .defect), (.unexpectedResponse(Self.failure), .defect),
            (.missingEndpoint, .configuration), (.invalidEndpoint("x"), .configuration),
            (.timedOut(Self.network(mayHaveBeenCarriedOut: true)), .uncertain),
            (.connectionLost(Self.network(mayHaveBeenCarriedOut: true)), .uncertain),
            (.cancelled(Self.network), .failure), (.cancelled(Self.network(mayHaveBeenCarriedOut: true)), .uncertain),
            (.unmapped(Self.failure(mayHaveBeenCarriedOut: true)), .uncertain),
            (.unexpectedResponse(Self.failure(mayHaveBeenCarriedOut: true)), .uncertain),
            (.resourceNotFound(Self.failure(mayHaveBeenCarriedOut: true)), .uncertain),
            (.sftpProvisioningTimeout(Self.failure), .tryAgain),
        ]
        for (error, status) in rules { #expect(CommandFailure(error).status == status, "\(error)") }
    }

    @Test func `whoever is not told how it ended is told to look before another try`() {
        let warning = "look before you try again"
        for isInDoubt in [true, false] {
            let failure = Self.failure(mayHaveBeenCarriedOut: isInDoubt)
            let network = Self.network(mayHaveBeenCarriedOut: isInDoubt)
            let errors: [SftpClientError] = [
                .unmapped(failure), .unexpectedResponse(failure), .validation([], failure), .unauthorized(failure),
                .cancelled(network), .timedOut(network), .connectionLost(network),
            ]
            for error in errors {
                let message = CommandFailure(error).message
                #expect(message.contains(warning) == isInDoubt && message.contains("request r-1"), "\(message)")
            }
        }
    }

    @Test func `a failure says what is wrong, and under which id the service's log has it`() {
        let fields = [
            FieldError(path: "/description", message: "it is empty"), FieldError(path: "", message: "no object"),
        ]
        let message = CommandFailure(.validation(fields, Self.failure)).message
        #expect(
            message == "Because.\n  /description: it is empty\n  the request: no object (request r-1)", "\(message)")
        #expect(CommandFailure(.unreachable(Self.network)).message == "http://a/2022-04-01: refused (request r-1)")
        #expect(CommandFailure(.missingAPIKey).message.contains("berth login"))
        let forged = CommandFailure(.validation([FieldError(path: "/a\nb", message: "c\nberth: done")], Self.failure))
        #expect(forged.message.split(separator: "\n").count == 2, "\(forged.message)")
        let name = NetworkFailure(
            operation: "CreateUser", endpoint: "https://a/2022-04-01", region: "berth", reason: "not b\nberth: done",
            mayHaveBeenCarriedOut: false, requestID: "r-1", attempts: 1)
        #expect(!CommandFailure(.unreachable(name)).message.contains("\n"), "certificates have names of any kind")
    }

    @Test(arguments: [(0, 0, 0), (1, 3, 33), (3, 3, 100), (.max, 1, 100), (-5, 7, 0), (7, -1, 0), (.max, .max, 100)])
    func `a share of the disk is a percentage, whatever the service says`(free: Int64, total: Int64, percent: Int)
        throws
    {
        let json = #"{"freeBytes":\#(free),"totalBytes":\#(total)}"#
        let disk = try JSONDecoder().decode(ServiceStatus.Disk.self, from: Data(json.utf8))
        #expect(StatusCommand.disk(disk).hasSuffix("(\(percent) %)"))
    }
}
