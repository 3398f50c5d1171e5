import SFTPProtocol
import SSHWire

/// Makes requests out of an input's bytes, so that a change of one byte is another request and not just a broken one:
/// names that exist, handles that are open, sizes that matter; and raw bytes too.
///
/// The corpus is written in this language: a change here that gives bytes another meaning makes the corpus worth less.
struct RequestGrammar {
    /// What the bytes of a path choose from. The scratch directory holds many of these.
    static let names: [[UInt8]] =
        [
            "", "/", ".", "..", "a", "b", "d", "d/x", "d/e", "l", "up", "loop", "out", "abs", "fifo", ".berth",
            ".berth/staged", "../canary", "../canary/secret", "new", "new2", "d/new", "n\u{e9}\n\u{7f}", "a\0",
            "/d/../a",
            "a/", "d/", "out/secret", "dangling", "tob", "d/e/.berth",
        ].map { Array($0.utf8) } + [[UInt8](repeating: UInt8(ascii: "n"), count: 255)]

    private static let numbers: [UInt64] = [
        0, 1, 2, 10, 511, 4095, 4096, 4097, 65_535, 65_536, 1 << 20, HandlerRun.fileBytesMax - 1,
        HandlerRun.fileBytesMax, 1 << 31, 1 << 32, (1 << 63) - 1, 1 << 63, .max - 1, .max,
    ]

    private static let pathTypes: [PacketType] = [.lstat, .stat, .opendir, .remove, .rmdir, .realpath, .readlink]

    var cursor: InputCursor
    /// Handles that are open, and the last one that was closed.
    var open: [[UInt8]] = []
    var closed: [UInt8] = []
    private var lastID: UInt32 = 0

    init(_ cursor: InputCursor) {
        self.cursor = cursor
    }

    /// The next request's bytes, and whether more are to follow before they are sent.
    mutating func next() -> (bytes: [UInt8], isHeld: Bool) {
        let tag = cursor.byte()
        lastID &+= 1
        let id = tag & 0x40 == 0 ? lastID : UInt32(cursor.byte()) &* 0x0101_0101
        var queue = ByteQueue()
        if tag & 31 == 31 {
            let count = Int(cursor.byte())
            return (cursor.take(count), tag & 0x80 != 0)
        }
        queue.append(0 as UInt32)
        append(kind: tag & 31, id: id, to: &queue)
        if tag & 0x20 != 0 {
            // Cut or made longer, with a length that is true again.
            let change = cursor.byte()
            if change < 0xf0 {
                queue.truncate(to: max(4, queue.count - Int(change)))
            } else {
                for byte in cursor.take(Int(change & 15)) { queue.append(byte) }
            }
        }
        queue.replaceUInt32(at: 0, with: UInt32(queue.count - 4))
        return ([UInt8](queue.bytes), tag & 0x80 != 0)
    }

    private mutating func append(kind: UInt8, id: UInt32, to queue: inout ByteQueue) {
        func start(_ type: PacketType) {
            queue.append(type.rawValue)
            queue.append(id)
        }
        func start(_ name: String) {
            start(.extended)
            queue.append(string: name)
        }
        switch kind {
        case 0:
            start(.open)
            queue.append(string: path())
            queue.append(UInt32(cursor.byte()))
            appendAttributes(to: &queue)
        case 1: start(.close); queue.append(string: handle())
        case 2:
            start(.read)
            queue.append(string: handle())
            queue.append(number())
            queue.append(UInt32(truncatingIfNeeded: number()))
        case 3:
            start(.write)
            queue.append(string: handle())
            queue.append(number())
            queue.append(string: data())
        case 4...10: start(Self.pathTypes[Int(kind) - 4]); queue.append(string: path())
        case 11, 12:
            start(kind == 11 ? .setstat : .mkdir)
            queue.append(string: path())
            appendAttributes(to: &queue)
        case 13: start(.fsetstat); queue.append(string: handle()); appendAttributes(to: &queue)
        case 14: start(.fstat); queue.append(string: handle())
        case 15: start(.readdir); queue.append(string: handle())
        case 16: start(.rename); queue.append(string: path()); queue.append(string: path())
        case 17: start(.symlink); queue.append(string: path()); queue.append(string: path())
        case 18: start("posix-rename@openssh.com"); queue.append(string: path()); queue.append(string: path())
        case 19: start("statvfs@openssh.com"); queue.append(string: path())
        case 20: start("fstatvfs@openssh.com"); queue.append(string: handle())
        case 21: start("hardlink@openssh.com"); queue.append(string: path()); queue.append(string: path())
        case 22: start("fsync@openssh.com"); queue.append(string: handle())
        case 23: start("lsetstat@openssh.com"); queue.append(string: path()); appendAttributes(to: &queue)
        case 24: start("limits@openssh.com")
        case 25: start("expand-path@openssh.com"); queue.append(string: tildePath())
        case 26:
            start("copy-data")
            queue.append(string: handle())
            queue.append(number())
            queue.append(number())
            queue.append(string: handle())
            queue.append(number())
        case 27: start("home-directory"); queue.append(string: name())
        case 28: start("users-groups-by-id@openssh.com"); queue.append(string: ids()); queue.append(string: ids())
        case 29: queue.append(PacketType.initialize.rawValue); queue.append(UInt32(cursor.byte()))
        default:
            // Any type and any body.
            queue.append(cursor.byte())
            queue.append(id)
            let count = Int(cursor.byte())
            for byte in cursor.take(count) { queue.append(byte) }
        }
    }

    private mutating func path() -> [UInt8] {
        let choice = cursor.byte()
        if choice == 0xff { return name() }
        if choice == 0xfe {
            // Long paths, deep paths.
            let count = Int(cursor.byte())
            let unit = Self.names[Int(cursor.byte() & 31)] + [UInt8(ascii: "/")]
            return Array([[UInt8]](repeating: unit, count: count).joined())
        }
        let first = Self.names[Int(choice & 31)]
        if choice & 0x40 == 0 { return first }
        return first + [UInt8(ascii: "/")] + Self.names[Int(cursor.byte() & 31)]
    }

    private mutating func tildePath() -> [UInt8] {
        let choice = cursor.byte()
        let rest = path()
        return choice & 1 == 0 ? rest : [UInt8(ascii: "~")] + (choice & 2 == 0 ? [UInt8(ascii: "/")] : name()) + rest
    }

    private mutating func name() -> [UInt8] {
        let count = Int(cursor.byte())
        return cursor.take(count)
    }

    private mutating func ids() -> [UInt8] {
        let count = Int(cursor.byte())
        if count < 128 { return cursor.take(count) }
        let unit = [0, 0, 3, cursor.byte()]
        return Array([[UInt8]](repeating: unit, count: (count & 127) << 8).joined())
    }

    private mutating func handle() -> [UInt8] {
        let choice = cursor.byte()
        if choice == 0xff { return name() }
        if choice == 0xfe || open.isEmpty { return closed }
        return open[Int(choice) % open.count]
    }

    private mutating func number() -> UInt64 {
        let choice = Int(cursor.byte())
        if choice < 128 { return Self.numbers[choice % Self.numbers.count] }
        return choice < 192 ? UInt64(cursor.byte()) << UInt64(choice & 15) : cursor.uint64()
    }

    private mutating func data() -> [UInt8] {
        let choice = Int(cursor.byte())
        if choice < 128 { return cursor.take(choice) }
        return [UInt8](repeating: UInt8(choice), count: (choice & 127) * 2048)
    }

    private mutating func appendAttributes(to queue: inout ByteQueue) {
        let flags = cursor.byte()
        queue.append(flags & 0x10 != 0 ? cursor.uint32() : UInt32(flags & 15) | UInt32(flags & 0x80) << 24)
        if flags & 1 != 0 { queue.append(number()) }
        if flags & 2 != 0 {
            queue.append(flags & 0x20 != 0 ? 1000 : cursor.uint32())
            queue.append(1000 as UInt32)
        }
        if flags & 4 != 0 { queue.append(UInt32(cursor.byte()) << 8 | UInt32(cursor.byte())) }
        if flags & 8 != 0 {
            queue.append(UInt32(truncatingIfNeeded: number()))
            queue.append(UInt32(truncatingIfNeeded: number()))
        }
        if flags & 0x80 != 0 {
            let count = cursor.byte()
            queue.append(UInt32(count))
            for _ in 0..<min(count, 8) {
                queue.append(string: name())
                queue.append(string: name())
            }
        }
    }
}
