import Foundation
import Glibc

/// A directory outside of every home that nobody may read or change: with a watch that sees who opens anything in it.
final class Canary {
    /// What its files hold, and no answer may.
    static let content = "CANARY" + String(repeating: "-sings", count: 1_295)

    let path: String
    private let watch: CInt
    private let before: [String]
    /// The names that are looked at; "" is the directory itself.
    private let watched: [String]

    /// Makes it, with files of these names and an empty directory `empty`.
    ///
    /// - Parameter directoryChanges: whether others put things into the directory: then only its files are watched.
    init(at path: String, files: [String], directoryChanges: Bool = false) throws {
        self.path = path
        watched = (directoryChanges ? [] : [""]) + files + (directoryChanges ? [] : ["empty"])
        try FileManager.default.createDirectory(atPath: "\(path)/empty", withIntermediateDirectories: true)
        for name in files { try Data(Self.content.utf8).write(to: URL(fileURLWithPath: "\(path)/\(name)")) }
        watch = inotify_init1(CInt(O_NONBLOCK) | CInt(O_CLOEXEC))
        before = Self.describe(path, watched)
        // IN_ALL_EVENTS.
        for name in watched { inotify_add_watch(watch, "\(path)/\(name)", 0xfff) }
    }

    deinit { close(watch) }

    /// What happened to it: empty when nothing did. Looking at it is seen as well, so this can be asked once.
    func harm() -> [String] {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        let seen = read(watch, &buffer, buffer.count)
        let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
        let after = Self.describe(path, watched.contains("") ? [""] + names.sorted() : watched)
        let changed = Set(before).symmetricDifference(after).sorted()
        return changed + (seen > 0 ? ["it was opened, read or changed: \(Self.masks(in: buffer[..<seen]))"] : [])
    }

    /// The masks of inotify's events: bits 4...7 of each 16 bytes and a name.
    private static func masks(in events: ArraySlice<UInt8>) -> [UInt32] {
        var masks: [UInt32] = []
        var rest = events
        while rest.count >= 16, masks.count < 10 {
            let words = rest.prefix(16).withUnsafeBytes { bytes in
                (0..<4).map { bytes.loadUnaligned(fromByteOffset: 4 * $0, as: UInt32.self) }
            }
            masks.append(words[1])
            rest = rest.dropFirst(16 + Int(words[3]))
        }
        return masks
    }

    /// Name, inode, kind and mode, links, size, times and content of everything in it.
    private static func describe(_ path: String, _ names: [String]) -> [String] {
        names.map { name in
            var found = stat()
            guard lstat("\(path)/\(name)", &found) == 0 else { return "\(name) is gone" }
            let content = (try? Data(contentsOf: URL(fileURLWithPath: "\(path)/\(name)"))).map {
                $0 == Data(Self.content.utf8)
            }
            return """
                \(name): \(found.st_ino) \(found.st_mode) \(found.st_nlink) \(found.st_size) \(found.st_mtim.tv_sec).\
                \(found.st_mtim.tv_nsec) \(found.st_ctim.tv_sec).\(found.st_ctim.tv_nsec) \(content ?? false)
                """
        }
    }
}
