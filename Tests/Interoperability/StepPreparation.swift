import Foundation
import Glibc
import ServiceTestSupport

/// What is there before the client starts.
extension Trial {
    /// 2009-02-13T23:31:30Z, which no clock gives.
    static let time = 1_234_567_890
    static let mode: mode_t = 0o604
    /// How much of the file is on the other side when a transfer is resumed.
    static let alreadyThere = 400_000
    static let mebibyte = 1 << 20

    static let contents: [(name: String, bytes: Int)] = [("empty", 0), ("one", 1), ("mebibyte", mebibyte)]

    /// Makes both directories and what the step needs in them.
    func prepare() throws {
        let files = FileManager.default
        for directory in [local, "\(local)/home", onDisk] {
            try files.createDirectory(atPath: directory, withIntermediateDirectories: true)
        }
        switch step {
        case .login, .wrongPassword, .missing, .makeDirectories, .large: break
        case .list:
            try make("\(onDisk)/alpha.edi", bytes: 12_345)
            try make("\(onDisk)/beta gamma.edi", bytes: 0)
            try files.createDirectory(atPath: "\(onDisk)/directory", withIntermediateDirectories: false)
        case .upload: for (name, bytes) in Trial.contents { try make("\(local)/\(name)", bytes: bytes) }
        case .download: for (name, bytes) in Trial.contents { try make("\(onDisk)/\(name)", bytes: bytes) }
        case .resumeUpload: try makePart(of: "\(local)/file", at: "\(onDisk)/file")
        case .resumeDownload: try makePart(of: "\(onDisk)/file", at: "\(local)/file")
        case .rename: try make("\(onDisk)/old", bytes: 10)
        case .remove:
            try make("\(onDisk)/file", bytes: 10)
            try files.createDirectory(atPath: "\(onDisk)/directory", withIntermediateDirectories: false)
        case .symlink: try make("\(onDisk)/target", bytes: 10)
        case .mode, .time:
            try make("\(local)/file", bytes: 10)
            try make("\(onDisk)/file", bytes: 10)
            chmod("\(local)/file", Trial.mode)
            var times = [timeval](repeating: timeval(tv_sec: Trial.time, tv_usec: 0), count: 2)
            utimes("\(local)/file", &times)
        case .names:
            try files.createDirectory(atPath: "\(local)/names", withIntermediateDirectories: false)
            for name in client.names { try Files.write(name.content, to: Array("\(local)/names/".utf8) + name.bytes) }
        case .tree: try makeTree()
        }
    }

    private func makeTree() throws {
        for directory in 0..<10 {
            let path = "\(local)/tree/directory \(directory)"
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
            for file in 0..<100 { try make("\(path)/file\(file).edi", bytes: 37 * file) }
        }
    }

    private func make(_ path: String, bytes: Int) throws {
        try Trial.data(bytes: bytes).write(to: URL(fileURLWithPath: path))
    }

    private func makePart(of whole: String, at part: String) throws {
        let data = Trial.data(bytes: Trial.mebibyte)
        try data.write(to: URL(fileURLWithPath: whole))
        try data.prefix(Trial.alreadyThere).write(to: URL(fileURLWithPath: part))
    }

    /// Bytes without a pattern, the same every time.
    static func data(bytes: Int) -> Data { random.prefix(bytes) }

    private static let random: Data = {
        var random = SeededRandom(seed: 4)
        var data = Data(capacity: mebibyte)
        while data.count < mebibyte { withUnsafeBytes(of: random.next()) { data.append(contentsOf: $0) } }
        return data
    }()
}
