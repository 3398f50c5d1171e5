import Foundation
import SFTPProtocol
import SFTPTestSupport
import SSHWire

/// What a client sees of two servers' replies and what is on disk behind them, as text without what can't be equal: owners,
/// times that nobody set, sizes of directories, the host's path in front.
enum Comparison {
    /// From here on a time is taken for the present of a test, not for one that a request set.
    private static let present: UInt32 = 1_790_000_000

    static func text(_ reply: ParsedReply, _ request: RecordedRequest? = nil, home: [UInt8]) -> String {
        if let status = reply.status {
            return request?.setsOwner == true ? "any status" : "\(status)"
        }
        if let attributes = reply.attributes { return text(attributes) }
        if let names = reply.names {
            let lines = names.map { entry in
                let isHost = !home.isEmpty && entry.name.starts(with: home)
                let name = isHost ? Array(entry.name.dropFirst(home.count)) : entry.name
                // The directory above the home is the home itself for one server and the host's for the other.
                let attributes = name == "..".bytes ? "" : text(entry.attributes)
                return String(decoding: name.isEmpty ? [0x2f] : name, as: UTF8.self) + " " + attributes
            }
            return lines.sorted().joined(separator: "\n")
        }
        // A VERSION's extensions and the figures of a file system are no two servers' and no two moments' alike.
        if reply.type == .version || reply.type == .extendedReply {
            return "type \(reply.type.rawValue) \(reply.body.count > 0)"
        }
        return "type \(reply.type.rawValue) \(reply.body)"
    }

    static func text(_ attributes: FileAttributes) -> String {
        var attributes = attributes
        attributes.owner = nil
        if let times = attributes.times, times.modification > present { attributes.times = nil }
        attributes.times?.access = 0
        if attributes.permissions.map({ $0 & S_IFMT == S_IFDIR }) == true { attributes.size = nil }
        return "\(attributes)"
    }

    /// Every path below the home with its mode, time if one was set, and its content.
    static func tree(_ scratch: ScratchDirectory) throws -> [String] {
        try tree(at: scratch.host("home"))
    }

    /// The same of any directory.
    static func tree(at root: String) throws -> [String] {
        let manager = FileManager.default
        let paths = manager.enumerator(atPath: root)?.compactMap { $0 as? String } ?? []
        return paths.sorted().map { path in
            let host = root + "/" + path
            var status = stat()
            lstat(host, &status)
            let content: String =
                switch status.st_mode & S_IFMT {
                case S_IFREG: "\(manager.contents(atPath: host)?.hashValue ?? 0) \(status.st_size)"
                case S_IFLNK: (try? manager.destinationOfSymbolicLink(atPath: host)) ?? "?"
                default: ""
                }
            let time = status.st_mtim.tv_sec > Int(present) ? 0 : status.st_mtim.tv_sec
            return "\(path) \(status.st_mode) \(time) \(content)"
        }
    }
}
