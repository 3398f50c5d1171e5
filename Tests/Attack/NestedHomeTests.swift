import Foundation
import Glibc
import SFTPProtocol
import SFTPTestSupport
import SSHWire
import ServiceTestSupport
import Testing

extension Attack {
    /// Homes within homes and homes of several users: docs/operations.md, "Homes within homes".
    @Suite(.serialized) struct NestedHomeTests {
        private let daemon: Daemon
        /// Users of `/`, `/a`, `/a/b`, and a second one of `/a`.
        private let root: TestUser, outer: TestUser, inner: TestUser, fellow: TestUser

        init() throws {
            daemon = try Daemon()
            root = try daemon.api.createUser(home: "/")
            outer = try daemon.api.createUser(home: "/a")
            inner = try daemon.api.createUser(home: "/a/b")
            fellow = try daemon.api.createUser(home: "/a")
        }

        private func session(_ user: TestUser) throws -> SFTPOverSSH { try SFTPOverSSH(daemon.client(user)) }

        @Test func `the inner user sees nothing of the outer home`() throws {
            let above = try session(outer), below = try session(inner)
            try above.put("/secret", "outer's")
            #expect(try above.send(Packet.path(.mkdir, "/c".bytes, FileAttributes())).status == .ok)
            #expect(try below.list("/").map { String(decoding: $0.name, as: UTF8.self) }.sorted() == [".", ".."])
            let own = try #require(try below.send(Packet.paths(.stat, "/".bytes)).attributes)
            for path in ["..", "/..", "../..", "../../.."] {
                #expect(try below.send(Packet.paths(.stat, path.bytes)).attributes == own, "\(path)")
                #expect(try below.send(Packet.paths(.realpath, path.bytes)).names?.first?.name == "/".bytes)
            }
            for entry in try below.list("/") { #expect(entry.attributes == own, "of the home, also as its parent") }
            for (id, path) in ["../secret", "/a/secret", "../../a/secret", "/../c", "../c", "/a", "/a/b"].enumerated() {
                for request in RequestOnPath.looking(path) where !["REALPATH", "expand-path"].contains(request.name) {
                    #expect(try below.send(request.packet).status == .noSuchFile, "\(request.name) of \(path)")
                }
                _ = try below.send(Packet.paths(.symlink, path.bytes, "/link\(id)".bytes))
                #expect(try below.send(Packet.paths(.stat, "/link\(id)".bytes)).status == .noSuchFile, "\(path)")
            }
            #expect(try below.send(Packet.paths(.rename, "../secret".bytes, "/mine".bytes)).status == .noSuchFile)
            #expect(
                try below.send(RequestOnPath.extended("hardlink@openssh.com", "../secret", "/mine")).status
                    == .noSuchFile)
            #expect(try above.get("/secret") == "outer's")
        }

        @Test func `the outer user sees, changes and removes what is in the inner home`() throws {
            let highest = try session(root), above = try session(outer), below = try session(inner)
            try below.put("/file", "inner's")
            #expect(try above.get("/b/file") == "inner's")
            #expect(try highest.get("/a/b/file") == "inner's")
            try highest.put("/a/b/order", "for the inner user")
            #expect(try below.get("/order") == "for the inner user")
            #expect(try above.send(Packet.paths(.remove, "/b/file".bytes)).status == .ok)
            #expect(try below.send(Packet.paths(.stat, "/file".bytes)).status == .noSuchFile)
        }

        @Test func `users of one home see each other's files, and deleting one leaves the other`() throws {
            let one = try session(outer), other = try session(fellow)
            try one.put("/file", "shared")
            #expect(try other.get("/file") == "shared")
            #expect(try daemon.api.deleteUser(outer.username).status == 204)
            #expect(eventually(seconds: 5) { (try? one.send(Packet.paths(.stat, "/".bytes))) == nil })
            #expect(try other.get("/file") == "shared")
            #expect(try other.send(Packet.paths(.remove, "/file".bytes)).status == .ok)
            try session(fellow).put("/again", "still there")
            #expect(try session(root).get("/a/again") == "still there")
        }

        @Test func `nothing named .berth is reached at any level, nor by moving what is above it`() throws {
            let highest = try session(root), above = try session(outer), below = try session(inner)
            let bucket = daemon.home(of: root)
            for level in ["", "a/", "a/b/"] {
                try FileManager.default.createDirectory(
                    atPath: "\(bucket)\(level).berth/staging", withIntermediateDirectories: true)
                try Data("staged".utf8).write(to: URL(fileURLWithPath: "\(bucket)\(level).berth/staging/file"))
            }
            let places = [
                (highest, ["/", "/a/", "/a/b/"]), (above, ["/", "/b/"]), (below, ["/"]),
            ]
            for (session, directories) in places {
                for directory in directories {
                    #expect(try !session.list(directory).contains { $0.name == ".berth".bytes }, "\(directory)")
                    for (id, path) in [
                        "\(directory).berth", "\(directory).berth/staging/file", "\(directory).berth/new",
                    ].enumerated() {
                        for request in RequestOnPath.looking(path) + RequestOnPath.changing(path, id) {
                            let reply = try session.send(request.packet)
                            let isHarmless = request.name == "RENAME back" || request.name == "posix-rename back"
                            #expect(reply.status == .noSuchFile || isHarmless, "\(request.name) of \(path): \(reply)")
                        }
                    }
                }
            }
            // What is above it moves with it, and it stays as hidden as it was.
            #expect(try above.send(Packet.paths(.rename, "/b".bytes, "/moved".bytes)).status == .ok)
            #expect(try above.send(Packet.paths(.stat, "/moved/.berth/staging/file".bytes)).status == .noSuchFile)
            #expect(try above.send(Packet.paths(.rmdir, "/moved".bytes)).status == .failure, "it is not empty")
            #expect(try above.send(Packet.paths(.symlink, "moved/.berth".bytes, "/to".bytes)).status == .ok)
            #expect(try above.send(Packet.paths(.stat, "/to/staging/file".bytes)).status == .noSuchFile)
            #expect(try String(contentsOfFile: "\(bucket)a/moved/.berth/staging/file", encoding: .utf8) == "staged")
            let refused = try daemon.api.send(
                "POST", "/users", body: #"{"homeDirectory": "/a/.berth/x", "description": "x"}"#)
            #expect(refused.status == 400)
        }

        @Test func `a home that is renamed takes its sessions along, and the next login makes it again`() throws {
            let above = try session(outer), below = try session(inner)
            try below.put("/file", "inner's")
            #expect(try above.send(Packet.paths(.rename, "/b".bytes, "/elsewhere".bytes)).status == .ok)
            try below.put("/later", "after the move")
            #expect(try above.get("/elsewhere/later") == "after the move")
            #expect(try below.send(Packet.paths(.stat, "../secret".bytes)).status == .noSuchFile)
            let next = try session(inner)
            #expect(try next.list("/").count == 2, "empty")
            try next.put("/new", "in the new one")
            #expect(try above.get("/b/new") == "in the new one")
            #expect(try below.send(Packet.paths(.stat, "/new".bytes)).status == .noSuchFile)
        }

        @Test func `a home that is removed leaves its sessions nothing, and the next login makes it again`() throws {
            let above = try session(outer), below = try session(inner)
            #expect(try above.send(Packet.paths(.rmdir, "/b".bytes)).status == .ok)
            #expect(try below.send(Packet.path(.mkdir, "/x".bytes, FileAttributes())).status == .noSuchFile)
            #expect(try below.send(Packet.open("/x".bytes, [.write, .create])).status == .noSuchFile)
            #expect(
                try below.send(Packet.paths(.stat, "/../..".bytes)).attributes != nil, "the directory itself, no other")
            try session(inner).put("/file", "again")
            #expect(try above.get("/b/file") == "again")
        }

        @Test func `a login follows no link in the place of a home or above it`() throws {
            let above = try session(outer), highest = try session(root)
            let canary = try Canary(at: daemon.workspace.file("outside"), files: ["file"])
            let up = String(repeating: "../", count: 12)
            #expect(try above.send(Packet.path(.mkdir, "/other".bytes, FileAttributes())).status == .ok)
            for target in [canary.path, up + canary.path.dropFirst(), "other", "/a/other", "../../../.."] {
                #expect(try above.send(Packet.paths(.rmdir, "/b".bytes)).status == .ok)
                #expect(try above.send(Packet.paths(.symlink, target.bytes, "/b".bytes)).status == .ok)
                let start = daemon.log.lines.count
                #expect(throws: (any Error).self, "\(target)") { try session(inner) }
                #expect(
                    daemon.log.waitForLine(from: start) { $0.contains("error") && $0.contains("/a/b") } != nil,
                    "\(daemon.log.text)")
                #expect(try above.send(Packet.paths(.remove, "/b".bytes)).status == .ok)
                #expect(try session(inner).list("/").count == 2)
            }
            // One level up, by the user of the bucket.
            #expect(try highest.send(Packet.paths(.rename, "/a".bytes, "/was".bytes)).status == .ok)
            #expect(try highest.send(Packet.paths(.symlink, "was".bytes, "/a".bytes)).status == .ok)
            #expect(throws: (any Error).self) { try session(inner) }
            #expect(throws: (any Error).self) { try session(fellow) }
            #expect(canary.harm() == [])
        }
    }
}

extension SFTPOverSSH {
    /// What the server answered in place of OK.
    struct Refused: Error { let reply: String }

    /// Writes a file.
    func put(_ path: String, _ content: String) throws {
        let opened = try send(Packet.open(path.bytes, [.write, .create, .truncate]))
        guard let handle = opened.string else { throw Refused(reply: "\(opened)") }
        for packet in [Packet.write(handle, at: 0, content.bytes), Packet.handle(.close, handle)] {
            let reply = try send(packet)
            guard reply.status == .ok else { throw Refused(reply: "\(reply)") }
        }
    }

    /// What is in a file; nil when it can't be opened.
    func get(_ path: String) throws -> String? {
        guard let handle = try send(Packet.open(path.bytes, .read)).string else { return nil }
        let content = try send(Packet.read(handle, at: 0, 10_000)).string ?? []
        _ = try send(Packet.handle(.close, handle))
        return String(decoding: content, as: UTF8.self)
    }
}
