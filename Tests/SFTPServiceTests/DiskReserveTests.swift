import ConfinedFileSystem
import Foundation
import SFTPProtocol
import SFTPTestSupport
import SSHWire
import ServiceTestSupport
import Testing

@testable import SFTPService

/// A share of the disk stays free.
@Suite(.enabled(if: TinyDisk.isPossible)) struct DiskReserveTests {
    private static let refusal = "The server's disk is almost full: nothing can be stored until there is room"

    /// A session on a disk.
    private final class Client {
        let server: SFTPServer

        init(_ path: String, percent: Int, refused: @escaping () -> Void = {}) throws {
            server = SFTPServer(
                root: try ConfinedDirectory(opening: path), options: SFTPOptions(),
                reserve: DiskReserve(percent: percent, refused: refused))
            #expect(try send(Packet.initialize()).type == .version)
        }

        func send(_ packet: [UInt8]) throws -> ParsedReply {
            var input = ByteQueue(), output = ByteQueue()
            input.append(raw: packet.span.bytes)
            while server.serve(input: &input, output: &output) == .working {}
            return try #require(ParsedReply.all(in: [UInt8](output.bytes)).replies.first)
        }

        func open(_ path: String, _ flags: OpenFlags) throws -> [UInt8] {
            try #require(try send(Packet.open(path.bytes, flags)).string)
        }
    }

    /// Free bytes of a file system, as its programs see them.
    private func free(_ path: String) throws -> (bytes: Int, share: Double) {
        var status = statvfs()
        try #require(statvfs(path, &status) == 0)
        return (Int(status.f_bavail * status.f_frsize), Double(status.f_bavail) / Double(status.f_blocks))
    }

    @Test func belowTheShareNothingIsStoredAndTheRestGoesOn() throws {
        let disk = try #require(TinyDisk(options: "size=4m"))
        var reports = 0
        let client = try Client(disk.path, percent: 25) { reports += 1 }
        let piece = [UInt8](repeating: 0x61, count: 32_768)
        let source = try client.open("/kept", [.read, .write, .create])
        #expect(try client.send(Packet.write(source, at: 0, piece)).status == .ok)
        #expect(try client.send(Packet.path(.mkdir, "/directory".bytes, FileAttributes())).status == .ok)
        let handle = try client.open("/a", [.read, .write, .create])
        var written = 0
        var refusal: ParsedReply?
        while refusal == nil, written < 8 << 20 {
            let reply = try client.send(Packet.write(handle, at: UInt64(written), piece))
            if reply.status == .ok { written += piece.count } else { refusal = reply }
        }
        #expect(refusal?.status == .failure && refusal?.message == "\(Self.refusal): /a")
        let left = try free(disk.path)
        #expect(left.share >= 0.25 && left.bytes < (1 << 20) + 2 * piece.count, "\(left)")
        #expect(reports == 1)
        // A smaller one would fit, and leave a gap: OpenSSH's client would take the upload for whole.
        let last = try client.send(Packet.write(handle, at: UInt64(written + piece.count), [1, 2, 3]))
        #expect(
            last.status == .failure && last.message?.hasPrefix("Not written, since an earlier write failed") == true)

        // Whatever makes something or makes it larger.
        let copy = Packet.extended("copy-data") {
            $0.append(string: source)
            $0.append(0 as UInt64)
            $0.append(0 as UInt64)
            $0.append(string: handle)
            $0.append(UInt64(written))
        }
        var larger = FileAttributes()
        larger.size = 1 << 30
        for (what, packet) in [
            ("OPEN that creates", Packet.open("/b".bytes, [.write, .create])),
            ("OPEN that empties", Packet.open("/kept".bytes, [.write, .truncate])),
            ("MKDIR", Packet.path(.mkdir, "/m".bytes, FileAttributes())),
            ("SYMLINK", Packet.paths(.symlink, "a".bytes, "/s".bytes)),
            (
                "hardlink",
                Packet.extended("hardlink@openssh.com") {
                    $0.append(string: "/a".bytes); $0.append(string: "/h".bytes)
                }
            ),
            ("copy-data", copy), ("WRITE", Packet.write(source, at: 0, piece)),
            ("SETSTAT", Packet.path(.setstat, "/a".bytes, larger)),
            ("FSETSTAT", Packet.fsetstat(handle, larger)),
        ] {
            let reply = try client.send(packet)
            #expect(reply.status == .failure && reply.message?.hasPrefix(Self.refusal) == true, "\(what): \(reply)")
        }
        #expect(try free(disk.path) == left && reports == 1)
        #expect(try FileManager.default.contentsOfDirectory(atPath: disk.path).sorted() == ["a", "directory", "kept"])

        // Whatever does not, goes on; and so does all of it as soon as there is room.
        #expect(try client.send(Packet.read(source, at: 0, 32_768)).string == piece)
        #expect(try client.send(Packet.paths(.rename, "/kept".bytes, "/new".bytes)).status == .ok)
        var shorter = FileAttributes()
        shorter.size = 10
        #expect(try client.send(Packet.path(.setstat, "/new".bytes, shorter)).status == .ok)
        #expect(try client.send(Packet.paths(.rmdir, "/directory".bytes)).status == .ok)
        #expect(try client.send(Packet.handle(.close, handle)).status == .ok)
        #expect(try client.send(Packet.paths(.remove, "/a".bytes)).status == .ok)
        let next = try client.open("/b", [.write, .create])
        #expect(try client.send(Packet.write(next, at: 0, piece)).status == .ok)
    }

    @Test func manySessionsTogetherKeepTheShareToo() throws {
        let disk = try #require(TinyDisk(options: "size=64m"))
        let clients = try (0..<40).map { _ in try Client(disk.path, percent: 50) }
        let handles = try clients.enumerated().map { try $1.open("/\($0)", [.write, .create]) }
        let piece = [UInt8](repeating: 0x61, count: 65_536)
        var refused = Set<Int>()
        for round in 0..<64 where refused.count < clients.count {
            for number in clients.indices where !refused.contains(number) {
                let packet = Packet.write(handles[number], at: UInt64(round * piece.count), piece)
                if try clients[number].send(packet).status != .ok { refused.insert(number) }
            }
        }
        #expect(refused.count == clients.count)
        let left = try free(disk.path)
        #expect(left.share >= 0.5 && left.bytes < (33 << 20), "\(left)")
    }

    @Test func inodesAreKeptFreeToo() throws {
        let disk = try #require(TinyDisk(options: "size=4m,nr_inodes=100"))
        let client = try Client(disk.path, percent: 40)
        var made = 0
        while made < 100, try client.send(Packet.path(.mkdir, "/\(made)".bytes, FileAttributes())).status == .ok {
            made += 1
        }
        #expect((55...60).contains(made), "\(made)")
        #expect(try client.send(Packet.open("/f".bytes, [.write, .create])).message?.hasPrefix(Self.refusal) == true)
        #expect(try client.send(Packet.paths(.symlink, "a".bytes, "/s".bytes)).status == .failure)
        #expect(try client.send(Packet.paths(.rmdir, "/0".bytes)).status == .ok)
        #expect(try client.send(Packet.paths(.rmdir, "/1".bytes)).status == .ok)
        #expect(try client.send(Packet.open("/f".bytes, [.write, .create])).string != nil)
    }

    @Test func aLookAtTheFileSystemServesForManyRequestsWhileThereIsRoom() throws {
        let directory = ScratchDirectory()
        let files = try ConfinedDirectory(opening: directory.path)
        let status = try files.fileSystemStatus(of: "/".bytes.span.bytes)
        try #require(status.blocksAvailable > 1 << 20, "a test for a disk with room")
        let reserve = DiskReserve(percent: 1)
        var looks = 0
        for _ in 0..<10_000 {
            #expect(
                reserve.admits(bytes: 32_768) {
                    looks += 1; return status
                })
        }
        // 10,000 of 32 KiB are 39 times 8 MiB; the time adds a look each 100 ms.
        #expect((39...200).contains(looks), "\(looks)")
        let off = DiskReserve(percent: 0)
        #expect(
            off.admits(bytes: .max) {
                looks = -1; return status
            } && looks > 0)
    }
}
