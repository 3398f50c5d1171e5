import SFTPProtocol
import SFTPService
import SFTPTestSupport
import SSHWire
import Testing

/// The same requests to this server and to OpenSSH's, over two directories that are kept in step: the replies must be equal
/// in type, status, data, names and attributes, as far as a client can tell. `docs/protocol.md` lists the differences;
/// the generator keeps out of them. What OpenSSH ends the session for is in `Vectors/`.
///
/// `BERTH_TEST_SEED` is where the seeds start and `BERTH_DIFFERENTIAL_RUNS` how many there are.
@Suite(.enabled(if: OpenSSHPeer.isInstalled)) struct DifferentialTests {
    private static let seeds: Range<UInt64> = {
        let first = TestSeed.value(fixed: 0)
        return first..<(first + UInt64(TestSeed.number("BERTH_DIFFERENTIAL_RUNS", default: 40)))
    }()

    @Test(arguments: seeds) func repliesAreThoseOfOpenSSH(seed: UInt64) throws {
        var generator = DifferentialGenerator(seed: seed)
        let pair = try DifferentialPair()
        for step in 0..<300 {
            let place = "BERTH_TEST_SEED=\(seed) step \(step)"
            switch generator.random.below(20) {
            case 0...7: try pathStep(&generator, pair, place)
            case 8...10: try changeStep(&generator, pair, place)
            case 11...13: try extensionStep(&generator, pair, place)
            default: try handleStep(&generator, pair, place)
            }
        }
        try pair.expectEqualTrees("BERTH_TEST_SEED=\(seed)")
    }

    /// Requests that look at names or open them.
    private func pathStep(_ generator: inout DifferentialGenerator, _ pair: DifferentialPair, _ place: String) throws {
        let path = generator.pathBytes()
        let what = "\(String(decoding: path, as: UTF8.self)) \(place)"
        switch generator.random.below(10) {
        case 0...4:
            // The bits above EXCL mean nothing.
            let flags = OpenFlags(rawValue: UInt32(generator.random.below(128)))
            let packet = Packet.open(path, flags, generator.attributes())
            try pair.send("open \(flags.rawValue) \(what)", generator.trailing(packet), opening: path)
        default:
            let type = generator.pick([.stat, .stat, .lstat, .realpath, .readlink, .opendir, .opendir] as [PacketType])
            let packet = generator.trailing(Packet.paths(type, path))
            let reply = try pair.send("type \(type.rawValue) \(what)", packet, opening: path, isDirectory: true)
            if reply.type == .handle { try list(pair, keepsOpen: generator.random.below(4) == 0, what) }
        }
    }

    /// Lists what was opened last, at once: OpenSSH looks at entries by the path, where later there may be something else.
    private func list(_ pair: DifferentialPair, keepsOpen: Bool, _ what: String) throws {
        let index = pair.handles.count - 1
        while try pair.send("readdir \(what)", on: index, { Packet.handle(.readdir, $0) }).names != nil {}
        guard !keepsOpen else { return }
        try pair.send("close \(what)", on: index) { Packet.handle(.close, $0) }
        pair.handles.removeLast()
    }

    /// Requests that change names.
    private func changeStep(_ generator: inout DifferentialGenerator, _ pair: DifferentialPair, _ place: String) throws
    {
        let path = generator.pathBytes(), other = generator.path()
        let what = "\(String(decoding: path, as: UTF8.self)) \(other) \(place)"
        switch generator.random.below(8) {
        case 0: try pair.send("remove \(what)", Packet.paths(.remove, path))
        case 1: try pair.send("rmdir \(what)", Packet.paths(.rmdir, path))
        case 2...4:
            let type = generator.pick([.mkdir, .mkdir, .setstat] as [PacketType])
            try pair.send("type \(type.rawValue) \(what)", Packet.path(type, path, generator.attributes()))
        case 5, 6:
            guard try !pair.isDangling(other) else { return }
            try pair.send("rename \(what)", Packet.paths(.rename, path, other.bytes))
        default:
            let target = generator.target()
            try pair.send("symlink \(target) \(what)", Packet.paths(.symlink, target.bytes, path))
        }
    }

    /// Extensions of paths and users.
    private func extensionStep(
        _ generator: inout DifferentialGenerator, _ pair: DifferentialPair, _ place: String
    ) throws {
        let path = generator.pathBytes()
        let name = generator.pick([
            "posix-rename@openssh.com", "hardlink@openssh.com", "lsetstat@openssh.com", "statvfs@openssh.com",
            "expand-path@openssh.com", "limits@openssh.com", "users-groups-by-id@openssh.com", "home-directory",
            "unknown@example.com", "",
        ])
        let packet = Packet.extended(name) { queue in
            switch name {
            case "posix-rename@openssh.com", "hardlink@openssh.com":
                queue.append(string: path)
                queue.append(string: generator.path())
            case "lsetstat@openssh.com":
                queue.append(string: path)
                generator.attributes().append(to: &queue)
            case "expand-path@openssh.com":
                let front = generator.pick(["", "", "~/", "~/./", "~nobody-has-this-name", "~nobody-has-this-name/"])
                queue.append(string: front.bytes + path)
            case "users-groups-by-id@openssh.com":
                // Numbers that nobody has: the names of those that somebody has are no two servers' alike.
                for _ in 0..<2 {
                    let count = generator.random.below(4)
                    queue.append(string: (0..<count).flatMap { [0xf0, 0, 0, UInt8($0)] as [UInt8] })
                }
            case "home-directory": queue.append(string: "nobody-has-this-name")
            default: queue.append(string: path)
            }
        }
        try pair.send("\(name) \(String(decoding: path, as: UTF8.self)) \(place)", packet)
    }

    /// Requests of what is open, or of a handle that names nothing.
    private func handleStep(_ generator: inout DifferentialGenerator, _ pair: DifferentialPair, _ place: String) throws
    {
        let index =
            pair.handles.isEmpty || generator.random.below(15) == 0
            ? nil : generator.random.below(pair.handles.count)
        let offset = generator.pick([0, 1, 100, 80_000, .max] as [UInt64])
        let data = generator.random.bytes(generator.random.below(500))
        let attributes = generator.attributes()
        switch generator.random.below(14) {
        case 0: try pair.send("fstat \(place)", on: index) { Packet.handle(.fstat, $0) }
        case 1, 2:
            let length = generator.pick([0, 1, 1_000, 300_000, .max] as [UInt32])
            try pair.send("read \(place)", on: index) { Packet.read($0, at: offset, length) }
        case 3...5: try pair.send("write \(place)", on: index) { Packet.write($0, at: offset, data) }
        case 6: try pair.send("fsetstat \(place)", on: index) { Packet.fsetstat($0, attributes) }
        case 7:
            guard index.map({ !pair.handles[$0].isDirectory }) ?? true else { return }
            try pair.send("readdir \(place)", on: index) { Packet.handle(.readdir, $0) }
        case 9:
            let name = generator.pick(["fsync@openssh.com", "fstatvfs@openssh.com"])
            try pair.send("\(name) \(place)", on: index) { handle in
                Packet.extended(name) { $0.append(string: handle) }
            }
        case 10, 11: try copyStep(&generator, pair, from: index, at: offset, place)
        default:
            try pair.send("close \(place)", on: index) { Packet.handle(.close, $0) }
            if let index { pair.handles.remove(at: index) }
        }
    }

    private func copyStep(
        _ generator: inout DifferentialGenerator, _ pair: DifferentialPair, from source: Int?, at offset: UInt64,
        _ place: String
    ) throws {
        guard !pair.handles.isEmpty else { return }
        let from = source.map { pair.handles[$0] } ?? pair.forged()
        let to = pair.handles[generator.random.below(pair.handles.count)]
        // OpenSSH also refuses two files that were opened by one name, one after the other.
        guard from.path != to.path else { return }
        let targetOffset = generator.pick([0, 7, 90_000] as [UInt64])
        // Until the end: what OpenSSH answers to a source that is too short depends on by how much.
        func packet(_ from: [UInt8], _ to: [UInt8]) -> [UInt8] {
            Packet.extended("copy-data") {
                $0.append(string: from)
                $0.append(offset)
                $0.append(0 as UInt64)
                $0.append(string: to)
                $0.append(targetOffset)
            }
        }
        let mine = try pair.ours.send(packet(from.ours, to.ours))
        // Two names of one file: OpenSSH before 2026 copies, and never comes to the end.
        if mine.message?.hasPrefix("A file can't be copied to itself") == true { return }
        let yours = try pair.theirs.send(packet(from.theirs, to.theirs))
        #expect(mine.status == yours.status, "copy-data \(place)")
    }

    /// All 64 combinations of flags, on whatever may be at the path.
    @Test(arguments: [
        "file", "missing", "dir", "link", "dangling", "loop", "dirlink", "file/", "dir/", "missing/", "",
        "slashed-file",
        "slashed-dir", "slashed-dangling", "slashed-link", "slashed-twice", "slashed-below", "slashed-below-missing",
    ])
    func everyCombinationOfOpensFlags(path: String) throws {
        let pair = try DifferentialPair()
        for value in 0..<64 as Range<UInt32> {
            for permissions in [nil, 0o640, 0] as [UInt32?] {
                for scratch in [pair.ours.scratch, pair.twin] { fill(scratch) }
                var attributes = FileAttributes()
                attributes.permissions = permissions
                let what = "\(path) flags \(value) permissions \(permissions ?? 1)"
                try pair.send(what, Packet.open(path.bytes, OpenFlags(rawValue: value), attributes))
                if !pair.handles.isEmpty {
                    try pair.send(what + " read", on: 0) { Packet.read($0, at: 2, 100) }
                    try pair.send(what + " write", on: 0) { Packet.write($0, at: 1, "ABC".bytes) }
                    try pair.send(what + " fstat", on: 0) { Packet.handle(.fstat, $0) }
                    try pair.send(what + " close", on: 0) { Packet.handle(.close, $0) }
                    pair.handles = []
                }
                try pair.expectEqualTrees(what)
            }
        }
    }

    private func fill(_ scratch: ScratchDirectory) {
        scratch.empty("home")
        scratch.file("home/file", "content")
        scratch.directory("home/dir")
        let links = [
            ("link", "file"), ("dangling", "none"), ("loop", "loop"), ("dirlink", "dir"), ("slashed-file", "file/"),
            ("slashed-dir", "dir/"), ("slashed-dangling", "none//"), ("slashed-link", "dirlink/"),
            ("slashed-twice", "slashed-dangling"), ("slashed-below", "slashed-dir/new"),
            ("slashed-below-missing", "dir/none/"),
        ]
        for (name, target) in links { scratch.link("home/" + name, to: target) }
    }
}
