import Foundation
import Glibc

/// Where the programs under test and the clients' scripts are.
enum Programs {
    /// The directory of the test bundle, where the build put `berthd` and `berth-sftpd` too.
    static let directory: String = {
        if let given = ProcessInfo.processInfo.environment["BERTH_TEST_PROGRAMS"] { return given }
        var buffer = [UInt8](repeating: 0, count: Int(PATH_MAX))
        let count = readlink("/proc/self/exe", &buffer, buffer.count)
        let own = String(decoding: buffer[..<max(0, count)], as: UTF8.self)
        return URL(fileURLWithPath: own).deletingLastPathComponent().path
    }()

    static var berthd: String { "\(directory)/berthd" }
    static var berthSFTPD: String { "\(directory)/berth-sftpd" }

    /// Debian's Python, which python3-paramiko belongs to.
    static let python = "/usr/bin/python3"

    static func script(_ name: String) -> String {
        URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appendingPathComponent("Clients/\(name)").path
    }
}
