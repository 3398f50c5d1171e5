import Foundation
import Glibc

/// Files and directories whose names are bytes: Foundation drops names that are not UTF-8.
enum Files {
    typealias Name = [UInt8]

    /// What is in a directory, without `.` and `..`; nil when it can't be read.
    static func names(in directory: Name) -> Set<Name>? {
        guard let stream = opendir(terminated(directory)) else { return nil }
        defer { closedir(stream) }
        var names: Set<Name> = []
        while let entry = readdir(stream) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { Array($0.prefix { $0 != 0 }) }
            if name != Array(".".utf8), name != Array("..".utf8) { names.insert(name) }
        }
        return names
    }

    static func write(_ data: Data, to path: Name) throws {
        let descriptor = open(terminated(path), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw POSIXError(.EIO) }
        try FileHandle(fileDescriptor: descriptor, closeOnDealloc: true).write(contentsOf: data)
    }

    static func isDirectory(_ path: Name) -> Bool { (status(path)?.st_mode ?? 0) & S_IFMT == S_IFDIR }

    /// What lstat(2) says; nil when there is nothing.
    static func status(_ path: Name) -> stat? {
        var status = stat()
        return lstat(terminated(path), &status) == 0 ? status : nil
    }

    /// What differs between two trees: names that one lacks, files with other contents.
    static func differences(_ expected: Name, _ actual: Name) -> [String] {
        guard isDirectory(expected) else {
            return equal(expected, actual) ? [] : ["\(text(actual)) is not the same as \(text(expected))"]
        }
        guard let wanted = names(in: expected) else { return ["\(text(expected)) can't be read"] }
        guard let found = names(in: actual) else { return ["\(text(actual)) is not there"] }
        let lacking = wanted.subtracting(found).map { "\(text(actual)) lacks \(text($0))" }
        let surplus = found.subtracting(wanted).map { "\(text(actual)) has \(text($0)) too" }
        let slash = [UInt8(ascii: "/")]
        let below = wanted.intersection(found).flatMap { differences(expected + slash + $0, actual + slash + $0) }
        return lacking.sorted() + surplus.sorted() + below
    }

    /// Whether two files are there and hold the same bytes.
    static func equal(_ one: Name, _ other: Name) -> Bool {
        guard let first = open(one), let second = open(other), status(one)?.st_size == status(other)?.st_size else {
            return false
        }
        while true {
            let part = (try? first.read(upToCount: 1 << 20)) ?? Data()
            guard part == (try? second.read(upToCount: 1 << 20)) ?? Data() else { return false }
            if part.isEmpty { return true }
        }
    }

    private static func open(_ path: Name) -> FileHandle? {
        let descriptor = Glibc.open(terminated(path), O_RDONLY | O_CLOEXEC)
        return descriptor < 0 ? nil : FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
    }

    private static func open(_ path: [CChar], _ flags: Int32, _ mode: mode_t) -> Int32 { Glibc.open(path, flags, mode) }

    private static func terminated(_ name: Name) -> [CChar] { name.map(CChar.init(bitPattern:)) + [0] }

    private static func text(_ name: Name) -> String { String(decoding: name, as: UTF8.self).debugDescription }
}
