import SFTPProtocol
import SFTPTestSupport
import SSHWire

/// Each request of SFTP that takes a path.
struct RequestOnPath {
    let name: String
    let packet: [UInt8]

    /// Those that change nothing where they answer OK, but for a file's content and times.
    static func looking(_ path: String) -> [RequestOnPath] {
        let bytes = path.bytes
        return [
            RequestOnPath(name: "OPEN read", packet: Packet.open(bytes, .read)),
            RequestOnPath(name: "OPENDIR", packet: Packet.paths(.opendir, bytes)),
            RequestOnPath(name: "STAT", packet: Packet.paths(.stat, bytes)),
            RequestOnPath(name: "LSTAT", packet: Packet.paths(.lstat, bytes)),
            RequestOnPath(name: "READLINK", packet: Packet.paths(.readlink, bytes)),
            RequestOnPath(name: "REALPATH", packet: Packet.paths(.realpath, bytes)),
            RequestOnPath(name: "expand-path", packet: extended("expand-path@openssh.com", path)),
            RequestOnPath(name: "statvfs", packet: extended("statvfs@openssh.com", path)),
        ]
    }

    /// Those that change something; `id` makes the names in `directory` that they need, and leave, their own.
    static func changing(_ path: String, _ id: Int, directory: String = "/") -> [RequestOnPath] {
        let bytes = path.bytes
        let rename = "posix-rename@openssh.com", link = "hardlink@openssh.com"
        func new(_ name: String) -> String { "\(directory)\(name)\(id)" }
        return [
            RequestOnPath(name: "OPEN write", packet: Packet.open(bytes, .write)),
            RequestOnPath(name: "OPEN read, write", packet: Packet.open(bytes, [.read, .write])),
            RequestOnPath(name: "OPEN append", packet: Packet.open(bytes, [.write, .append])),
            RequestOnPath(name: "OPEN create, exclusive", packet: Packet.open(bytes, [.write, .create, .exclusive])),
            RequestOnPath(name: "OPEN create", packet: Packet.open(bytes, [.write, .create])),
            RequestOnPath(name: "OPEN create, truncate", packet: Packet.open(bytes, [.write, .create, .truncate])),
            RequestOnPath(
                name: "SETSTAT mode", packet: Packet.path(.setstat, bytes, attributes { $0.permissions = 0o750 })),
            RequestOnPath(name: "SETSTAT size", packet: Packet.path(.setstat, bytes, attributes { $0.size = 3 })),
            RequestOnPath(name: "SETSTAT times", packet: Packet.path(.setstat, bytes, times)),
            RequestOnPath(
                name: "lsetstat times",
                packet: Packet.extended("lsetstat@openssh.com") {
                    $0.append(string: bytes)
                    times.append(to: &$0)
                }),
            RequestOnPath(name: "MKDIR", packet: Packet.path(.mkdir, bytes, FileAttributes())),
            RequestOnPath(name: "RMDIR", packet: Packet.paths(.rmdir, bytes)),
            RequestOnPath(name: "SYMLINK", packet: Packet.paths(.symlink, "target".bytes, bytes)),
            RequestOnPath(name: "hardlink of it", packet: extended(link, path, new("hard"))),
            RequestOnPath(name: "hardlink to it", packet: extended(link, "/in/file", path)),
            RequestOnPath(name: "RENAME to it", packet: Packet.paths(.rename, "/in/spare".bytes, bytes)),
            RequestOnPath(name: "RENAME of it", packet: Packet.paths(.rename, bytes, new("moved").bytes)),
            RequestOnPath(name: "RENAME back", packet: Packet.paths(.rename, new("moved").bytes, bytes)),
            RequestOnPath(name: "posix-rename of it", packet: extended(rename, path, new("posix"))),
            RequestOnPath(name: "posix-rename back", packet: extended(rename, new("posix"), path)),
            RequestOnPath(name: "REMOVE", packet: Packet.paths(.remove, bytes)),
        ]
    }

    /// An extension whose fields are paths.
    static func extended(_ name: String, _ paths: String...) -> [UInt8] {
        Packet.extended(name) { for path in paths { $0.append(string: path.bytes) } }
    }

    private static let times = attributes { $0.times = .init(access: 1_000_000_000, modification: 1_000_000_000) }

    private static func attributes(_ change: (inout FileAttributes) -> Void) -> FileAttributes {
        var attributes = FileAttributes()
        change(&attributes)
        return attributes
    }
}
