import SFTPProtocol
import SFTPTestSupport
import SSHWire

/// A request of a recording, taken apart as far as paths and handles in it have to be exchanged.
struct RecordedRequest: CustomStringConvertible {
    let type: PacketType
    /// The extension's name; empty for other requests.
    let name: [UInt8]
    private let body: [UInt8]

    /// Takes the first whole packet off `bytes`; nil when there is none.
    static func first(in bytes: inout ArraySlice<UInt8>) -> RecordedRequest? {
        let frame = Array(bytes)
        guard case .packet(let packet) = Frame(at: frame.span.bytes) else { return nil }
        bytes = bytes.dropFirst(4 + packet.byteCount)
        return RecordedRequest([UInt8](packet))
    }

    private init(_ packet: [UInt8]) {
        let type = PacketType(rawValue: packet[0])
        let body = Array(packet.dropFirst())
        name = type == .extended ? Self.extensionName(body) : []
        self.type = type
        self.body = body
    }

    private static func extensionName(_ body: [UInt8]) -> [UInt8] {
        var reader = WireReader(body.span.bytes)
        guard (try? reader.readUInt32()) != nil, let name = try? reader.readString() else { return [] }
        return [UInt8](name)
    }

    /// What the strings at the front of a request are.
    private enum Member {
        case path, handle, text, number, number64
    }

    private var members: [Member] {
        switch type {
        case .open, .lstat, .setstat, .opendir, .remove, .mkdir, .rmdir, .realpath, .stat, .readlink: return [.path]
        case .rename: return [.path, .path]
        // A link's content is stored as it is sent.
        case .symlink: return [.text, .path]
        case .close, .read, .write, .fstat, .fsetstat, .readdir: return [.handle]
        case .extended: break
        default: return []
        }
        switch String(decoding: name, as: UTF8.self) {
        case "posix-rename@openssh.com", "hardlink@openssh.com": return [.text, .path, .path]
        case "statvfs@openssh.com", "lsetstat@openssh.com", "expand-path@openssh.com": return [.text, .path]
        case "fstatvfs@openssh.com", "fsync@openssh.com": return [.text, .handle]
        case "copy-data": return [.text, .handle, .number64, .number64, .handle]
        default: return []
        }
    }

    /// The packet with `home` in front of absolute paths exchanged, and handles where others are known for them.
    func packet(home: [UInt8], becomes other: [UInt8], handles: [[UInt8]: [UInt8]]) throws -> [UInt8] {
        var reader = WireReader(body.span.bytes)
        var queue = ByteQueue()
        queue.append(0 as UInt32)
        queue.append(type.rawValue)
        queue.append(try reader.readUInt32())
        for member in members {
            switch member {
            case .number: queue.append(try reader.readUInt32())
            case .number64: queue.append(try reader.readUInt64())
            case .text: queue.append(string: try reader.readString())
            case .handle:
                let handle = [UInt8](try reader.readString())
                queue.append(string: handles[handle] ?? handle)
            case .path:
                let path = [UInt8](try reader.readString())
                guard path.starts(with: home) else {
                    // Clients that make every directory on the way begin above the home.
                    let isAbove = path.first == UInt8(ascii: "/") && home.starts(with: path)
                    queue.append(string: isAbove ? "/".bytes : path)
                    continue
                }
                let moved = other + path.dropFirst(home.count)
                queue.append(string: moved.isEmpty ? "/".bytes : moved)
            }
        }
        queue.append(raw: reader.readRest())
        queue.replaceUInt32(at: 0, with: UInt32(queue.count - 4))
        return [UInt8](queue.bytes)
    }

    var description: String {
        "type \(type.rawValue) \(String(decoding: name + body.dropFirst(4).prefix(100), as: UTF8.self))"
    }

    /// Whether users-groups-by-id@openssh.com asks for numbers from 0xf0000000 on alone, which no user and no group has.
    var asksForNobody: Bool {
        var reader = WireReader(body.span.bytes)
        guard (try? reader.readUInt32()) != nil, (try? reader.readString()) != nil else { return false }
        for _ in 0..<2 {
            guard let list = try? reader.readString() else { return false }
            let numbers = [UInt8](list)
            guard stride(from: 0, to: numbers.count, by: 4).allSatisfy({ numbers[$0] >= 0xf0 }) else { return false }
        }
        return true
    }

    /// Whether the request sets an owner, which OpenSSH does for a server that runs as root.
    var setsOwner: Bool {
        var reader = WireReader(body.span.bytes)
        guard (try? reader.readUInt32()) != nil, [.setstat, .fsetstat].contains(type),
            (try? reader.readString()) != nil
        else { return false }
        return (try? FileAttributes(from: &reader))?.owner != nil
    }
}
