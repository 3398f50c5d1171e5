import Foundation
import HTTPTypes
import Registry
import Synchronization
import Testing

@testable import ManagementAPI

/// Tables of bodies, by class, for each operation that has one and each member of it: status, name and `fieldList` are exact,
/// and what was refused changed nothing.
@Suite struct BadInputTests {
    enum Table: String, CaseIterable, CustomTestStringConvertible {
        case absences, wrongTypes, words, numbers, lengths, homes, constants, characters, lookAlikes, brokenUTF8,
            structures, nestings, repetitions, names, elements, times

        var testDescription: String { rawValue }

        func cases(of operation: InputOperation) -> [InputCase] {
            switch self {
            case .absences: operation.absences
            case .wrongTypes: operation.wrongTypes
            case .words: operation.words
            case .numbers: operation.numbers
            case .lengths: operation.lengths
            case .homes: operation.homes
            case .constants: operation.constants
            case .characters: operation.characters
            case .lookAlikes: operation.lookAlikes
            case .brokenUTF8: operation.brokenUTF8
            case .structures: operation.structures
            case .nestings: operation.nestings
            case .repetitions: operation.repetitions
            case .names: operation.names
            case .elements: operation.elements
            case .times: operation.times
            }
        }
    }

    @Test(arguments: Table.allCases)
    func eachBodyGetsTheAnswerOfTheTableAndWhatIsRefusedLeavesNothingBehind(table: Table) async throws {
        let fixture = try APIFixture()
        try await fixture.withClient { client async throws in
            for operation in InputOperation.all(bucket: fixture.registry.bucketName) {
                let cases = table.cases(of: operation)
                let path = operation.path(try await client.create("/kept").username)
                let before = try Holdings(fixture)
                for each in cases where each.outcome != .taken {
                    let answer = try await client.send(operation.method, path, bytes: each.body)
                    #expect(answer.is(each.outcome), "\(operation.testDescription), \(each.name): \(answer.summary)")
                }
                #expect(try Holdings(fixture) == before, "\(operation.testDescription)")
                for each in cases where each.outcome == .taken {
                    let answer = try await client.send(operation.method, path, bytes: each.body)
                    #expect(answer.is(each.outcome), "\(operation.testDescription), \(each.name): \(answer.summary)")
                }
            }
        }
    }

    @Test func anUpdateNeedsMoreThanTheBucketName() async throws {
        let fixture = try APIFixture()
        try await fixture.withClient { client async throws in
            let path = "\(Client.users)/\(try await client.create().username)"
            let body = #"{"bucketName":"\#(fixture.registry.bucketName)"}"#
            let answer = try await client.send(.put, path, body)
            #expect(answer.isError("ValidationException", 400, paths: ["/description"]), "\(answer.text)")
        }
    }

    @Test func everyCombinationOfMembersOfAnotherTypeIsNamedWholeByEachOperation() async throws {
        let fixture = try APIFixture()
        try await fixture.withClient { client async throws in
            let username = try await client.create().username
            let before = try Holdings(fixture)
            for operation in InputOperation.all(bucket: fixture.registry.bucketName) {
                let members = operation.members.filter { !$0.isNested }
                for mask in 1..<(1 << members.count) {
                    let isWrong = members.indices.map { mask & 1 << $0 != 0 }
                    let texts = zip(members, isWrong).map { "\"\($0.name)\":\($1 ? "0.5" : $0.sound)" }
                    let paths = zip(members, isWrong).filter(\.1).map(\.0.path)
                    let answer = try await client.send(
                        operation.method, operation.path(username), "{\(texts.joined(separator: ","))}")
                    #expect(
                        answer.isError("ValidationException", 400, paths: paths),
                        "\(operation.testDescription): \(answer.summary)")
                }
            }
            #expect(try Holdings(fixture) == before)
        }
    }

    @Test(arguments: [
        ("é", "é"), ("e\u{301}", "e\u{301}"), ("\u{212a}", "\u{212a}"), ("\u{fb01}", "\u{fb01}"), ("Σς", "Σς"),
        (" x ", " x "),
        (#"\ud83d\udd11"#, "🔑"), (#"\"\\\/"#, #""\/"#), (#"\u0061'<>&%s$(x)"#, "a'<>&%s$(x)"),
    ])
    func aNameOfAKeyIsShownByteForByteAsItWasGiven(written: String, name: String) async throws {
        let fixture = try APIFixture()
        try await fixture.withClient { client async throws in
            let operation = InputOperation.createKey
            let body = operation.body("/name", "\"\(written)\"")
            let made = try await client.send(operation.method, operation.path(""), body)
            let listed = try await client.send(.get, operation.path("")).items.last
            for shown in [made.json["name"], listed?["name"]] {
                #expect((shown as? String).map { Array($0.utf8) } == Array(name.utf8), "\(made.summary)")
            }
        }
    }

    @Test func everyCombinationOfWrongMembersIsNamedWhole() async throws {
        let fixture = try APIFixture()
        try await fixture.withClient { client async throws in
            let wrong = [
                ("/homeDirectory", #""homeDirectory":"x""#, #""homeDirectory":"/x""#),
                ("/description", #""description":"é""#, #""description":"x""#),
                ("/bucketName", #""bucketName":"x""#, #""bucketName":null"#),
                ("/passwordOptions/length", #""passwordOptions":{"length":1}"#, #""passwordOptions":{"length":16}"#),
            ]
            for mask in 1..<16 {
                let chosen = wrong.enumerated().map { index, member in mask & 1 << index != 0 ? member.1 : member.2 }
                let paths = wrong.enumerated().filter { mask & 1 << $0.offset != 0 }.map(\.element.0)
                let answer = try await client.send(.post, Client.users, "{\(chosen.joined(separator: ","))}")
                #expect(answer.isError("ValidationException", 400, paths: paths), "\(answer.text)")
                // Each is in the sentence that sums them up.
                let message = answer.json["message"] as? String ?? ""
                for path in paths {
                    #expect(message.contains(path.dropFirst().replacing("/", with: ".")), "\(message)")
                }
            }
        }
        #expect(try Holdings(fixture) == Holdings(APIFixture()))
    }
}

/// What an installation holds: users, their passwords, keys, and all that is in the bucket; and whose sessions were ended.
struct Holdings: Equatable {
    let users: [User]
    let passwords: [[StoredPassword]?]
    /// Without the day of the last use, which each request may change.
    let keys: [String]
    let files: [String]
    let ended: [String]

    init(_ fixture: APIFixture) throws {
        let registry = fixture.registry
        users = try registry.users(after: nil, limit: 100_000)
        passwords = try users.map { try registry.passwords(of: $0.username) }
        keys = try registry.apiKeys().map {
            "\($0.id) \($0.name) \($0.rights.sorted()) \(String(describing: $0.expiresAt))"
        }
        ended = fixture.sessions.ended.withLock { $0 }
        let below = FileManager.default.enumerator(atPath: fixture.directory + "/buckets")
        files = (below?.allObjects as? [String] ?? []).sorted()
    }
}

extension Answer {
    func `is`(_ outcome: InputCase.Outcome) -> Bool {
        switch outcome {
        case .taken: status == 200 || status == 201
        case .invalid(let paths): isError("ValidationException", 400, paths: paths)
        case .error(let name, let status): isError(name, status)
        }
    }

    /// Enough of the answer to see what it was.
    var summary: String { "\(status) \(text.prefix(300))" }
}
