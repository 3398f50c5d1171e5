import SFTPProtocol
import SFTPTestSupport
import SSHWire
import Testing

@testable import SFTPService

@Suite struct ProtocolTests {
    @Test func versionListsEveryExtensionOfTheTable() throws {
        let session = try Session(initialized: false)
        let reply = try session.send(Packet.initialize(version: 6))
        #expect(reply.type == .version && reply.id == 3)
        var reader = WireReader(reply.body.span.bytes)
        var extensions: [String] = []
        while !reader.isAtEnd {
            let name = String(decoding: [UInt8](try reader.readString()), as: UTF8.self)
            extensions.append(name + " " + String(decoding: [UInt8](try reader.readString()), as: UTF8.self))
        }
        #expect(
            extensions == [
                "posix-rename@openssh.com 1", "statvfs@openssh.com 2", "fstatvfs@openssh.com 2",
                "hardlink@openssh.com 1", "fsync@openssh.com 1", "lsetstat@openssh.com 1", "limits@openssh.com 1",
                "expand-path@openssh.com 1", "copy-data 1", "home-directory 1", "users-groups-by-id@openssh.com 1",
            ])
    }

    @Test func aSecondInitIsAnsweredAgain() throws {
        let session = try Session()
        #expect(try session.send(Packet.initialize()).type == .version)
        #expect(try session.send(Packet.initialize(version: 1)).id == 3)
        let reply = try session.send(Packet.paths(.stat, "/none".bytes))
        #expect(reply.body == [0, 0, 0, 2], "no message before version 3")
    }

    @Test func aRequestBeforeInitEndsTheSession() throws {
        let session = try Session(initialized: false)
        let (replies, result) = session.exchange(Packet.paths(.stat, "/".bytes))
        #expect(replies.isEmpty && result == .ended(.requestBeforeInit(type: 17)))
    }

    @Test func brokenFramingEndsTheSession() throws {
        for (bytes, violation) in [
            ([0, 0, 0, 0], .emptyPacket), ([0, 4, 0, 1, 3], .packetTooLong(bytes: 262_145)),
            ([0, 0, 0, 1, 17], .missingIdentifier(type: 17)), ([0, 0, 0, 4, 3, 0, 0, 0], .missingIdentifier(type: 3)),
            ([0, 0, 0, 2, 1, 3], .missingIdentifier(type: 1)),
        ] as [([UInt8], ProtocolViolation)] {
            let session = try Session()
            let (replies, result) = session.exchange(Packet.paths(.stat, "/".bytes) + bytes)
            #expect(replies.count == 1, "what came before is answered")
            #expect(result == .ended(violation))
        }
    }

    @Test func everyUnknownTypeIsUnsupported() throws {
        let session = try Session()
        for type in 0...255 as ClosedRange<UInt8> where type != 1 && type != 200 && !(3...20).contains(type) {
            let reply = try session.send(Packet.make(PacketType(rawValue: type), id: 77))
            #expect(reply.status == .unsupported && reply.id == 77)
        }
        #expect(try session.status(Packet.extended("nothing@example.com") { _ in }) == .unsupported)
        #expect(try session.status(Packet.extended("posix-rename@openssh.co") { _ in }) == .unsupported)
        #expect(try session.status(Packet.extended("") { _ in }) == .unsupported)
    }

    @Test func everyTruncatedRequestIsABadMessage() throws {
        let session = try Session()
        try session.put("/a", "a".bytes)
        let handle = try session.open("/a", [.read, .write])
        var attributes = FileAttributes()
        attributes.permissions = 0o600
        let packets = [
            Packet.open("/new".bytes, [.write, .create], attributes), Packet.handle(.close, handle),
            Packet.read(handle, at: 0, 1), Packet.write(handle, at: 0, [1, 2]), Packet.paths(.lstat, "/a".bytes),
            Packet.handle(.fstat, handle), Packet.path(.setstat, "/a".bytes, attributes),
            Packet.fsetstat(handle, attributes), Packet.paths(.opendir, "/".bytes), Packet.handle(.readdir, handle),
            Packet.paths(.remove, "/a".bytes), Packet.path(.mkdir, "/d".bytes, attributes),
            Packet.paths(.rmdir, "/d".bytes), Packet.paths(.realpath, "/".bytes), Packet.paths(.stat, "/a".bytes),
            Packet.paths(.rename, "/a".bytes, "/b".bytes), Packet.paths(.readlink, "/a".bytes),
            Packet.paths(.symlink, "/a".bytes, "/b".bytes),
        ]
        for packet in packets {
            for count in 9..<packet.count {
                var cut = Array(packet[..<count])
                cut.replaceSubrange(0..<4, with: [0, 0, UInt8((count - 4) >> 8), UInt8((count - 4) & 255)])
                #expect(try session.status(cut) == .badMessage, "type \(packet[4]) cut to \(count)")
            }
        }
        #expect(session.scratch.content("home/a") == "a".bytes && session.server.openHandles == 1)
        #expect(!session.scratch.exists("home/new") && !session.scratch.exists("home/d"))
    }

    @Test func messagesNameTheClientsPathOnly() throws {
        let session = try Session()
        session.scratch.link("home/link", to: "nowhere")
        let cases: [([UInt8], String)] = [
            (Packet.paths(.stat, "in/a.edi".bytes), "No such file: in/a.edi"),
            (Packet.paths(.opendir, "/link".bytes), "No such file: /link"),
            (Packet.paths(.rmdir, "/".bytes), "In use: /"),
            (Packet.paths(.remove, "/\u{7}x".bytes), "No such file: /?x"),
        ]
        for (packet, message) in cases { #expect(try session.send(packet).message == message) }
    }

    @Test func theReservedNameIsInvisibleToEveryRequest() throws {
        let session = try Session()
        session.scratch.directory("home/.berth")
        session.scratch.file("home/.berth/staged", "hidden")
        session.scratch.link("home/link", to: "/.berth")
        try session.put("/a", "a".bytes)
        var attributes = FileAttributes()
        attributes.permissions = 0
        for path in ["/.berth", ".berth/staged", "./.berth/", "link/staged"].map(\.bytes) {
            let requests = [
                Packet.open(path, .read), Packet.open(path, [.write, .create]), Packet.paths(.lstat, path),
                Packet.paths(.stat, path), Packet.path(.setstat, path, attributes), Packet.paths(.opendir, path),
                Packet.paths(.remove, path), Packet.path(.mkdir, path, attributes), Packet.paths(.rmdir, path),
                Packet.paths(.realpath, path), Packet.paths(.readlink, path), Packet.paths(.rename, path, "/b".bytes),
                Packet.paths(.rename, "/a".bytes, path), Packet.paths(.symlink, "a".bytes, path),
                Packet.extended("posix-rename@openssh.com") {
                    $0.append(string: "/a")
                    $0.append(string: path)
                },
                Packet.extended("hardlink@openssh.com") {
                    $0.append(string: path)
                    $0.append(string: "/b")
                },
                Packet.extended("statvfs@openssh.com") { $0.append(string: path) },
                Packet.extended("lsetstat@openssh.com") {
                    $0.append(string: path)
                    attributes.append(to: &$0)
                },
            ]
            for request in requests { #expect(try session.status(request) == .noSuchFile, "type \(request[4])") }
        }
        #expect(try !session.list("/").map(\.name).contains(".berth".bytes))
        #expect(session.scratch.content("home/.berth/staged") == "hidden".bytes)
        #expect(session.scratch.content("home/a") == "a".bytes)
    }
}
