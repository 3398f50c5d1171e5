import Foundation
import Glibc

/// Where the programs under test are.
package enum Programs {
    /// Where `berthd` and `berth-sftpd` are: where the build put them, unless BERTH_TEST_PROGRAMS says another place.
    package static let directory = ProcessInfo.processInfo.environment["BERTH_TEST_PROGRAMS"] ?? built

    /// The directory of the test bundle, where the build puts all programs.
    private static let built: String = {
        var buffer = [UInt8](repeating: 0, count: Int(PATH_MAX))
        let count = readlink("/proc/self/exe", &buffer, buffer.count)
        let own = String(decoding: buffer[..<max(0, count)], as: UTF8.self)
        return URL(fileURLWithPath: own).deletingLastPathComponent().path
    }()

    package static var berthd: String { "\(directory)/berthd" }
    package static var berthSFTPD: String { "\(directory)/berth-sftpd" }
    package static var berth: String { "\(directory)/berth" }
    /// The programs of docs/client.md.
    package static var clientExamples: String { "\(built)/ClientExamples" }
    /// Tests/WithoutCalls.
    package static var withoutCalls: String { "\(built)/WithoutCalls" }
    /// Tests/LoadGenerator.
    package static var loadGenerator: String { "\(built)/LoadGenerator" }

    /// Debian's Python, which python3-paramiko belongs to.
    package static let python = "/usr/bin/python3"
}
