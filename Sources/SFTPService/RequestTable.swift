import SFTPProtocol
import SSHWire

/// One request that the server knows.
struct RequestEntry {
    /// Answers a request: the bytes behind its id (and the extension's name), its id, where the reply goes.
    /// A WireError that it throws becomes SSH_FX_BAD_MESSAGE; it has appended nothing then.
    typealias Handler = (SFTPServer, RawSpan, UInt32, inout ByteQueue) throws(WireError) -> Void

    let type: PacketType
    /// Name and data of an extension, as VERSION lists them.
    let `extension`: (name: StaticString, data: StaticString)?
    /// What it is counted as when it fails.
    let operation: FileOperation
    /// Whether it changes anything. OPEN does, depending on its flags, and decides by itself.
    let writes: Bool
    let handler: Handler

    init(_ type: PacketType, to operation: FileOperation, writes: Bool = false, _ handler: @escaping Handler) {
        self.type = type
        self.operation = operation
        `extension` = nil
        self.writes = writes
        self.handler = handler
    }

    init(
        extension name: StaticString, _ data: StaticString, to operation: FileOperation, writes: Bool = false,
        _ handler: @escaping Handler
    ) {
        type = .extended
        self.operation = operation
        `extension` = (name, data)
        self.writes = writes
        self.handler = handler
    }
}

/// The requests that the server knows: the only list of them.
struct RequestTable {
    private let entries: [RequestEntry] = [
        RequestEntry(.open, to: .open) { (server, body, id, output) throws(WireError) in
            try server.open(body, id, &output)
        },
        RequestEntry(.close, to: .close) { (server, body, id, output) throws(WireError) in
            try server.close(body, id, &output)
        },
        RequestEntry(.read, to: .read) { (server, body, id, output) throws(WireError) in
            try server.read(body, id, &output)
        },
        RequestEntry(.write, to: .write, writes: true) { (server, body, id, output) throws(WireError) in
            try server.write(body, id, &output)
        },
        RequestEntry(.lstat, to: .stat) { (server, body, id, output) throws(WireError) in
            try server.stat(body, id, &output, followLinks: false)
        },
        RequestEntry(.fstat, to: .stat) { (server, body, id, output) throws(WireError) in
            try server.fstat(body, id, &output)
        },
        RequestEntry(.setstat, to: .setstat, writes: true) { (server, body, id, output) throws(WireError) in
            try server.setstat(body, id, &output, followLinks: true)
        },
        RequestEntry(.fsetstat, to: .setstat, writes: true) { (server, body, id, output) throws(WireError) in
            try server.fsetstat(body, id, &output)
        },
        RequestEntry(.opendir, to: .list) { (server, body, id, output) throws(WireError) in
            try server.opendir(body, id, &output)
        },
        RequestEntry(.readdir, to: .list) { (server, body, id, output) throws(WireError) in
            try server.readdir(body, id, &output)
        },
        RequestEntry(.remove, to: .remove, writes: true) { (server, body, id, output) throws(WireError) in
            try server.remove(body, id, &output)
        },
        RequestEntry(.mkdir, to: .mkdir, writes: true) { (server, body, id, output) throws(WireError) in
            try server.mkdir(body, id, &output)
        },
        RequestEntry(.rmdir, to: .rmdir, writes: true) { (server, body, id, output) throws(WireError) in
            try server.rmdir(body, id, &output)
        },
        RequestEntry(.realpath, to: .path) { (server, body, id, output) throws(WireError) in
            try server.realpath(body, id, &output)
        },
        RequestEntry(.stat, to: .stat) { (server, body, id, output) throws(WireError) in
            try server.stat(body, id, &output, followLinks: true)
        },
        RequestEntry(.rename, to: .rename, writes: true) { (server, body, id, output) throws(WireError) in
            try server.rename(body, id, &output, replacing: false)
        },
        RequestEntry(.readlink, to: .path) { (server, body, id, output) throws(WireError) in
            try server.readlink(body, id, &output)
        },
        RequestEntry(.symlink, to: .symlink, writes: true) { (server, body, id, output) throws(WireError) in
            try server.symlink(body, id, &output)
        },
        RequestEntry(extension: "posix-rename@openssh.com", "1", to: .rename, writes: true) {
            (server, body, id, output) throws(WireError) in
            try server.rename(body, id, &output, replacing: true)
        },
        RequestEntry(extension: "statvfs@openssh.com", "2", to: .other) {
            (server, body, id, output) throws(WireError) in
            try server.statvfs(body, id, &output)
        },
        RequestEntry(extension: "fstatvfs@openssh.com", "2", to: .other) {
            (server, body, id, output) throws(WireError) in
            try server.fstatvfs(body, id, &output)
        },
        RequestEntry(extension: "hardlink@openssh.com", "1", to: .hardlink, writes: true) {
            (server, body, id, output) throws(WireError) in
            try server.hardlink(body, id, &output)
        },
        RequestEntry(extension: "fsync@openssh.com", "1", to: .fsync, writes: true) {
            (server, body, id, output) throws(WireError) in
            try server.fsync(body, id, &output)
        },
        RequestEntry(extension: "lsetstat@openssh.com", "1", to: .setstat, writes: true) {
            (server, body, id, output) throws(WireError) in
            try server.setstat(body, id, &output, followLinks: false)
        },
        RequestEntry(extension: "limits@openssh.com", "1", to: .other) { (server, body, id, output) throws(WireError) in
            try server.limits(body, id, &output)
        },
        RequestEntry(extension: "expand-path@openssh.com", "1", to: .path) {
            (server, body, id, output) throws(WireError) in
            try server.expandPath(body, id, &output)
        },
        RequestEntry(extension: "copy-data", "1", to: .copy, writes: true) {
            (server, body, id, output) throws(WireError) in
            try server.copyData(body, id, &output)
        },
        RequestEntry(extension: "home-directory", "1", to: .other) { (server, body, id, output) throws(WireError) in
            try server.homeDirectory(body, id, &output)
        },
        RequestEntry(extension: "users-groups-by-id@openssh.com", "1", to: .other) {
            (server, body, id, output) throws(WireError) in
            try server.usersAndGroups(body, id, &output)
        },
    ]

    /// Where in `entries` the request of each type byte is.
    private let indexOfType: [Int?]

    init() {
        var index = [Int?](repeating: nil, count: 256)
        for (position, entry) in entries.enumerated() where entry.extension == nil {
            index[Int(entry.type.rawValue)] = position
        }
        indexOfType = index
    }

    /// The request of a type; nil when it is unknown.
    func entry(_ type: PacketType) -> RequestEntry? {
        indexOfType[Int(type.rawValue)].map { entries[$0] }
    }

    /// The request of an extension; nil when it is unknown.
    func entry(extension name: RawSpan) -> RequestEntry? {
        for entry in entries {
            guard let known = entry.extension?.name, known.utf8CodeUnitCount == name.byteCount else { continue }
            var index = 0
            while index < name.byteCount,
                unsafe known.utf8Start[index]
                    == name.unsafeLoad(
                        fromByteOffset: index, as: UInt8.self)
            {
                index += 1
            }
            if index == name.byteCount { return entry }
        }
        return nil
    }

    /// The extensions in the order in which VERSION lists them.
    var extensions: [(name: StaticString, data: StaticString)] {
        entries.compactMap(\.extension)
    }
}
