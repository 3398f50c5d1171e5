import Glibc
import SFTPProtocol
import SFTPTestSupport
import SSHWire
import Testing

@testable import SFTPService

@Suite struct NameTests {
    @Test func directoriesAreMadeListedAndRemoved() throws {
        let session = try Session()
        var attributes = FileAttributes()
        attributes.permissions = 0o106_751
        #expect(try session.status(Packet.path(.mkdir, "/in".bytes, attributes)) == .ok)
        #expect(session.scratch.status("home/in").map { $0.mode & 0o7777 } == 0o751 & ~processMask)
        #expect(try session.status(Packet.path(.mkdir, "/in".bytes, FileAttributes())) == .failure)
        try session.put("/in/a", "1234567".bytes)
        #expect(try session.status(Packet.paths(.rmdir, "/in".bytes)) == .failure)
        let names = try session.list("in")
        #expect(Set(names.map(\.name)) == [".".bytes, "..".bytes, "a".bytes])
        let entry = try #require(names.first { $0.name == "a".bytes })
        #expect(entry.attributes.size == 7 && entry.attributes.owner == .init(user: 1000, group: 1000))
        #expect(try session.status(Packet.paths(.remove, "/in/a".bytes)) == .ok)
        #expect(try session.status(Packet.paths(.rmdir, "/in".bytes)) == .ok)
        #expect(!session.scratch.exists("home/in"))
        #expect(
            session.events.take().map(\.kind) == [.madeDirectory, .closedAfterWrite, .removed, .removedDirectory])
    }

    private var processMask: UInt32 {
        let mask = umask(0o22)
        umask(mask)
        return mask
    }

    @Test func aLargeDirectoryIsListedOnceAndInPieces() throws {
        let session = try Session()
        for number in 0..<2_345 { session.scratch.file("home/file \(number)") }
        let names = try session.list("/").map { String(decoding: $0.name, as: UTF8.self) }
        #expect(names.count == 2_347)
        #expect(Set(names).count == 2_347)
    }

    @Test func namesAreBytes() throws {
        let session = try Session()
        let odd: [[UInt8]] = [
            [0xff, 0xfe], "a\nb".bytes, "\"quoted\"".bytes, " ".bytes, "-rf".bytes, "*".bytes, [0x1b, 0x5b],
            [UInt8](repeating: 0xe9, count: 255), "\\".bytes, "~".bytes,
        ]
        for name in odd {
            let handle = try #require(try session.send(Packet.open(name, [.write, .create])).string)
            #expect(try session.status(Packet.handle(.close, handle)) == .ok)
        }
        let listed = try session.list(".").map(\.name)
        #expect(Set(listed) == Set(odd + [".".bytes, "..".bytes]))
        for name in odd { #expect(try session.status(Packet.paths(.remove, name)) == .ok) }
        #expect(try session.status(Packet.open([UInt8](repeating: 65, count: 256), [.write, .create])) == .badMessage)
    }

    @Test func renameReplacesNothingAndPosixRenameDoes() throws {
        let session = try Session()
        try session.put("/a", "a".bytes)
        try session.put("/b", "b".bytes)
        let reply = try session.send(Packet.paths(.rename, "/a".bytes, "/b".bytes))
        #expect(reply.status == .failure && reply.message == "File exists: /b")
        #expect(session.scratch.content("home/b") == "b".bytes)
        #expect(try session.status(Packet.paths(.rename, "/a".bytes, "/c".bytes)) == .ok)
        #expect(session.scratch.content("home/c") == "a".bytes)
        let posix = Packet.extended("posix-rename@openssh.com") { queue in
            queue.append(string: "/c")
            queue.append(string: "/b")
        }
        #expect(try session.status(posix) == .ok)
        #expect(session.scratch.content("home/b") == "a".bytes && !session.scratch.exists("home/c"))
        let missing = try session.send(Packet.paths(.rename, "/missing".bytes, "/x".bytes))
        #expect(missing.status == .noSuchFile && missing.message == "No such file: /missing")
        #expect(session.events.take().last?.secondPath == "/b".bytes)
    }

    @Test func linksAreStoredAsSentInTheOrderOfOpenSSH() throws {
        let session = try Session()
        for target in ["a", "/in/../x", "../../etc", ".berth/x", "no where"] {
            #expect(try session.status(Packet.paths(.symlink, target.bytes, "/link".bytes)) == .ok)
            #expect(try session.send(Packet.paths(.readlink, "link".bytes)).names?.first?.name == target.bytes)
            #expect(try session.status(Packet.paths(.remove, "/link".bytes)) == .ok)
        }
        try session.put("/a", "a".bytes)
        #expect(try session.status(Packet.paths(.readlink, "/a".bytes)) == .badMessage)
        let hardlink = Packet.extended("hardlink@openssh.com") { queue in
            queue.append(string: "/a")
            queue.append(string: "/second")
        }
        #expect(try session.status(hardlink) == .ok)
        #expect(try session.status(hardlink) == .failure)
        #expect(session.scratch.content("home/second") == "a".bytes)
    }

    @Test func symbolicLinksCanBeRefused() throws {
        let session = try Session { $0.allowsSymbolicLinks = false }
        let reply = try session.send(Packet.paths(.symlink, "a".bytes, "/link".bytes))
        #expect(reply.status == .permissionDenied && !session.scratch.exists("home/link"))
    }

    @Test func realpathAnswersAsOpenSSHDoesInAChroot() throws {
        let session = try Session()
        session.scratch.directory("home/in")
        session.scratch.file("home/in/a")
        session.scratch.link("home/link", to: "in")
        session.scratch.link("home/absolute", to: "/in/a")
        session.scratch.link("home/dangling", to: "in/none")
        for (path, expected) in [
            ("", "/"), (".", "/"), ("/", "/"), ("..", "/"), ("/../..", "/"), ("in", "/in"), ("in/", "/in"),
            ("in/../in/./a", "/in/a"), ("link/a", "/in/a"), ("link", "/in"), ("absolute", "/in/a"),
            ("missing", "/missing"), ("in/missing", "/in/missing"), ("dangling", "/in/none"), ("in/a/", "/in/a"),
            ("in/a/.", "/in/a"), ("in/a/..", "/in"), ("link/..", "/"), ("//in//a", "/in/a"),
        ] {
            #expect(
                try session.send(Packet.paths(.realpath, path.bytes)).names?.first?.name == expected.bytes, "\(path)")
        }
        for path in ["missing/x", "missing/", "missing/..", "in/a/b", "dangling/", ".berth", "in/.berth/x"] {
            #expect(try session.status(Packet.paths(.realpath, path.bytes)) == .noSuchFile, "\(path)")
        }
    }

    @Test func aReadOnlyServerChangesNothing() throws {
        let scratch = ScratchDirectory()
        try Session(scratch).put("/a", "a".bytes)
        let session = try Session(scratch) { $0.allowsWriting = false }
        let denied = [
            Packet.open("/a".bytes, .write), Packet.open("/b".bytes, [.read, .create]),
            Packet.open("/a".bytes, [.read, .truncate]), Packet.paths(.remove, "/a".bytes),
            Packet.path(.mkdir, "/d".bytes, FileAttributes()), Packet.paths(.rmdir, "/d".bytes),
            Packet.paths(.rename, "/a".bytes, "/b".bytes), Packet.paths(.symlink, "/a".bytes, "/b".bytes),
            Packet.path(.setstat, "/a".bytes, FileAttributes()),
        ]
        for packet in denied { #expect(try session.status(packet) == .permissionDenied) }
        #expect(session.scratch.content("home/a") == "a".bytes)
        #expect(try session.send(Packet.read(try session.open("/a", .read), at: 0, 9)).string == "a".bytes)
        #expect(try session.list("/").count == 3)
    }
}
