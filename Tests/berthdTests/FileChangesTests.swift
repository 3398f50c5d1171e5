import Foundation
import Glibc
import Testing

@testable import berthd

@Suite struct FileChangesTests {
    private let path = FileManager.default.temporaryDirectory.appendingPathComponent("berth-\(UUID().uuidString)").path

    private func now() -> [FileIdentity] { [FileIdentity(path: path)] }

    /// What the next looks say.
    private func looks(_ count: Int, _ changes: inout FileChanges) -> [Bool] {
        (0..<count).map { _ in changes.isDue(now()) }
    }

    private func write(_ text: String) throws {
        try Data(text.utf8).write(to: URL(fileURLWithPath: path), options: .atomic)
    }

    @Test func aChangeIsDueOnceWhenTheFilesHaveComeToRest() throws {
        defer { try? FileManager.default.removeItem(atPath: path) }
        try write("a")
        var changes = FileChanges(used: now())
        #expect(looks(2, &changes) == [false, false])
        try write("b")
        #expect(looks(1, &changes) == [false])
        try write("c")
        #expect(looks(1, &changes) == [false])
        #expect(looks(1, &changes) == [true])
        changes.use(now())
        #expect(looks(2, &changes) == [false, false])
    }

    @Test func whatGoesAndComesBackAndWhatGetsAnotherModeIsAChange() throws {
        defer { try? FileManager.default.removeItem(atPath: path) }
        try write("a")
        var changes = FileChanges(used: now())
        try FileManager.default.removeItem(atPath: path)
        #expect(looks(2, &changes) == [false, true])
        changes.use(now())
        #expect(looks(1, &changes) == [false])
        try write("a")
        #expect(looks(2, &changes) == [false, true])
        changes.use(now())
        #expect(chmod(path, 0o640) == 0)
        #expect(looks(2, &changes) == [false, true])
    }
}
