import Foundation
import Testing

@testable import berthd

@Suite struct KeyCredentialTests {
    private static let key = "berth_" + String(repeating: "Az09-_x", count: 6) + "y"

    /// What the service makes of a credential that holds these bytes.
    private func read(_ content: Data) throws -> Bool {
        let directory = FileManager.default.temporaryDirectory.appendingPathComponent("berth-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        try content.write(to: directory.appendingPathComponent("berth-api-key"))
        return try KeyCredential.digest(in: directory.path) != nil
    }

    @Test func `a key is read with or without the end of its line`() throws {
        #expect(try read(Data(Self.key.utf8)))
        #expect(try read(Data((Self.key + "\n").utf8)))
    }

    @Test func `without a credential there is no key`() throws {
        #expect(try KeyCredential.digest(in: "/nonexistent") == nil)
        #expect(try KeyCredential.digest(in: FileManager.default.temporaryDirectory.path) == nil)
    }

    @Test(arguments: [
        "", "\n", key + "\n\n", key + "\r\n", " " + key, key + " ", key + key, String(key.dropLast()),
        String(key.dropFirst()), key + "\n" + String(repeating: "a", count: 10_000), "BERTH_" + key.dropFirst(6),
    ])
    func `what is no key is refused, and not told`(content: String) throws {
        let failure = #expect(throws: StartFailure.self) { try read(Data(content.utf8)) }
        let message = try #require(failure).description
        #expect(message.contains("berth-api-key") && !message.contains("Az09"), "\(message)")
    }

    @Test func `what can't be read is refused`() throws {
        let directory = FileManager.default.temporaryDirectory.appendingPathComponent("berth-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: directory) }
        try FileManager.default.createDirectory(
            at: directory.appendingPathComponent("berth-api-key"), withIntermediateDirectories: true)
        let failure = #expect(throws: StartFailure.self) { try KeyCredential.digest(in: directory.path) }
        #expect(try #require(failure).description.contains("Is a directory"))
    }
}
