import Foundation
import GRDB

@testable import Registry

/// A directory of its own with a registry in it, removed when the test lets go of it.
final class TemporaryRegistry {
    let directory: String
    let registry: Registry

    var path: String { directory + "/berth.sqlite" }

    init() throws {
        directory = FileManager.default.temporaryDirectory.appendingPathComponent("berth-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        registry = try Registry(path: directory + "/berth.sqlite")
    }

    deinit {
        try? FileManager.default.removeItem(atPath: directory)
    }

    func makeUser(home: String = "/a", maxUsers: Int = 0) throws -> (User, Password) {
        try registry.createUser(homeDirectory: home, description: "d", passwordLength: 16, maxUsers: maxUsers)
    }
}

extension Password {
    var bytes: [UInt8] { Array(revealed().utf8) }
}
