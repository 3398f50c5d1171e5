import Foundation
import Glibc

/// A temporary directory that goes when the test is done.
package final class Workspace: Sendable {
    package let path: String

    package init() throws {
        // Short: a socket's path has to fit 107 bytes.
        var template = Array("/tmp/berth-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw POSIXError(.EACCES) }
        path = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    deinit {
        try? FileManager.default.removeItem(atPath: path)
    }

    /// The path of a file or directory in here.
    package func file(_ name: String) -> String { "\(path)/\(name)" }

    /// Writes a file and returns its path.
    @discardableResult
    package func write(_ name: String, _ data: Data, mode: mode_t = 0o600) throws -> String {
        let path = file(name)
        try data.write(to: URL(fileURLWithPath: path))
        chmod(path, mode)
        return path
    }

    /// A file of that many bytes, the same for the same seed.
    package func makeFile(_ name: String, bytes: Int, seed: UInt64 = 1) throws -> (path: String, data: Data) {
        var random = SeededRandom(seed: seed)
        var data = Data(capacity: bytes + 8)
        while data.count < bytes { withUnsafeBytes(of: random.next()) { data.append(contentsOf: $0) } }
        data = data.prefix(bytes)
        return (try write(name, data), data)
    }
}

/// SplitMix64: a test that fails prints its seed, and runs the same way again with it.
package struct SeededRandom: RandomNumberGenerator {
    private var state: UInt64

    package init(seed: UInt64) { state = seed }

    /// The seed to use: BERTH_TEST_SEED, or a fresh one.
    package static func seedOfThisRun() -> UInt64 {
        ProcessInfo.processInfo.environment["BERTH_TEST_SEED"].flatMap { UInt64($0) }
            ?? UInt64.random(in: 0...UInt64.max)
    }

    package mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }
}
