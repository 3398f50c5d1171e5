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
                let isAbove = name == "..".bytes
                let attributes = isAbove ? "" : text(entry.attributes)
                let line = isAbove || request?.type != .readdir ? "" : text(longName: entry.longName)
                return String(decoding: name.isEmpty ? [0x2f] : name, as: UTF8.self) + " " + attributes + line
            }
            return lines.sorted().joined(separator: "\n")
        }
        // A VERSION's extensions are no two servers' alike.
        if reply.type == .version { return "version \(reply.body.isEmpty)" }
        if reply.type == .extendedReply, let request { return text(extended: reply.body, request) }
        return "type \(reply.type.rawValue) \(reply.body)"
    }

    /// What two servers must agree on in a reply of an extension's own form.
    private static func text(extended body: [UInt8], _ request: RecordedRequest) -> String {
        let name = String(decoding: request.name, as: UTF8.self)
        var reader = WireReader(body.span.bytes)
        switch name {
        case "statvfs@openssh.com", "fstatvfs@openssh.com":
            let figures = (0..<11).map { _ in try? reader.readUInt64() }
            // How much is free changes all the time, and f_fsid is not told.
            return "f_bsize, f_frsize, f_flag, f_namemax: \([0, 1, 9, 10].map { figures[$0] }) \(reader.isAtEnd)"
        case "limits@openssh.com":
            // The fourth is a server's own number of handles.
            return "limits \((0..<3).map { _ in try? reader.readUInt64() }) \(body.count)"
        case "users-groups-by-id@openssh.com":
            let lists = [areEmpty(&reader), areEmpty(&reader)]
            // Who has a number is each server's own matter, how many answers there are is not.
            let shape = request.asksForNobody ? "\(lists)" : "\(lists.map { $0?.count })"
            return "users and groups \(shape) \(reader.isAtEnd)"
        default: return "\(name) \(body)"
        }
    }

    /// Of each string in a string of strings whether it is empty; nil when it is no such thing.
    private static func areEmpty(_ reader: inout WireReader) -> [Bool]? {
        guard let list = try? reader.readString() else { return nil }
        let bytes = [UInt8](list)
        var strings = WireReader(bytes.span.bytes)
        var areEmpty: [Bool] = []
        while !strings.isAtEnd {
            guard let string = try? strings.readString() else { return nil }
            areEmpty.append(string.isEmpty)
        }
        return areEmpty
    }

    /// A line of `ls -l`: type and mode, links, and the size of what is no directory.
    private static func text(longName: [UInt8]) -> String {
        let columns = String(decoding: longName, as: UTF8.self).split(separator: " ", maxSplits: 5)
        guard columns.count == 6 else { return " no line of ls" }
        let isDirectory = columns[0].hasPrefix("d")
        return " \(columns[0])" + (isDirectory ? "" : " \(columns[1]) \(columns[4])")
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
