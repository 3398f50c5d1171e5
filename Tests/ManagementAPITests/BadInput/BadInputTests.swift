import Foundation
import HTTPTypes
import Registry
import Testing

@testable import ManagementAPI

/// Tables of bodies, by class, for each operation that has one and each member of it: status, name and `fieldList` are exact,
/// and what was refused changed nothing.
@Suite struct BadInputTests {
    enum Table: String, CaseIterable, CustomTestStringConvertible {
        case absences, wrongTypes, words, numbers, lengths, homes, constants, characters, lookAlikes, brokenUTF8,
            structures,
            nestings, repetitions, names

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

/// What an installation holds: users, and all that is in the bucket.
struct Holdings: Equatable {
    let users: [User]
    let files: [String]

    init(_ fixture: APIFixture) throws {
        users = try fixture.registry.users(after: nil, limit: 100_000)
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
