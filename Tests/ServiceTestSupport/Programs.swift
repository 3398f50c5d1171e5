import Foundation
import Glibc

/// Where the programs under test are.
package enum Programs {
    /// The directory of the test bundle, where the build put `berthd` and `berth-sftpd` too.
    package static let directory: String = {
        if let given = ProcessInfo.processInfo.environment["BERTH_TEST_PROGRAMS"] { return given }
        var buffer = [UInt8](repeating: 0, count: Int(PATH_MAX))
        let count = readlink("/proc/self/exe", &buffer, buffer.count)
        let own = String(decoding: buffer[..<max(0, count)], as: UTF8.self)
        return URL(fileURLWithPath: own).deletingLastPathComponent().path
    }()

    package static var berthd: String { "\(directory)/berthd" }
    package static var berthSFTPD: String { "\(directory)/berth-sftpd" }

    /// Debian's Python, which python3-paramiko belongs to.
    package static let python = "/usr/bin/python3"
}
