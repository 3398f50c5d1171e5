import Foundation
import Glibc
import SFTPProtocol
import SFTPTestSupport
import SSHWire
import ServiceTestSupport
import Testing

/// A home with links of every kind, that an operator made, and what they are aimed at.
private struct LinkedHome {
    let path: String

    /// Makes the tree; `outside` is the host's path of a canary.
    init(at path: String, outside: String) throws {
        self.path = path
        for name in ["in", "l", "etc", "dev"] {
            try FileManager.default.createDirectory(atPath: "\(path)/\(name)", withIntermediateDirectories: true)
            chmod("\(path)/\(name)", 0o755)
        }
        chmod(path, 0o755)
        try write("etc/passwd", "root:x:0:0:inside:/:/bin/false\n")
        try write("dev/null", "no device")
        for (name, target) in Self.targets(outside) { symlink(target, "\(path)/l/\(name)") }
        symlink(outside, "\(path)/l/directory/outside")
    }

    /// What requests on a link before may have taken away.
    func refresh() throws {
        for name in ["in/file", "in/spare"] { try write(name, name) }
    }

    private func write(_ name: String, _ content: String) throws {
        try Data(content.utf8).write(to: URL(fileURLWithPath: "\(path)/\(name)"))
        chmod("\(path)/\(name)", 0o644)
    }

    static func targets(_ outside: String) -> [(name: String, target: String)] {
        let up = String(repeating: "../", count: 12)
        return [
            ("host-file", "/etc/passwd"), ("host-file-only", "/etc/shadow"), ("host-directory", "/etc"),
            ("up", ".."), ("up-up", "../.."), ("up-out", "\(up)etc/passwd"), ("up-canary", "\(up)\(outside)/secret"),
            ("canary", "\(outside)/secret"), ("canary-directory", outside), ("canary-new", "\(outside)/new"),
            ("root", "/"), ("self", "."), ("inside", "../in/file"), ("inside-absolute", "/in/file"),
            ("inside-directory", "/in"), ("loop", "loop"), ("loop-a", "loop-b"), ("loop-b", "loop-a"),
            ("missing", "nowhere"), ("missing-below", "nowhere/file"), ("not-a-directory", "../in/file/x"),
            ("proc-root", "/proc/self/root/etc/passwd"), ("proc-cwd", "/proc/self/cwd"), ("proc-fd", "/proc/self/fd/0"),
            ("proc-one", "/proc/1/root"), ("null", "/dev/null"), ("zero", "/dev/zero"), ("stdin", "/dev/stdin"),
            ("chain", "chain-2"), ("chain-2", "up/l/chain-3"), ("chain-3", "canary"), ("slashes", "//etc///passwd"),
            ("dots", "./../etc/./../etc/passwd"), ("to-link", "canary-directory/secret"),
        ]
    }
}

extension Attack {
    @Suite(.serialized) struct LinkTests {
        /// Absolute links start at the home, `..` ends there: as in a chroot. Where a file like the host's is in the home
        /// (/etc/passwd), that is the one.
        @Test(.enabled(if: ChrootedPeer.isPossible))
        func `every request on every link is answered as OpenSSH in a chroot answers it`() throws {
            let daemon = try Daemon()
            let user = try daemon.api.createUser(home: "/a")
            let canary = try Canary(at: daemon.workspace.file("outside"), files: ["secret", "file"])
            let home = try LinkedHome(at: daemon.home(of: user), outside: canary.path)
            let twin = try LinkedHome(at: daemon.workspace.file("twin"), outside: canary.path)
            let session = try SFTPOverSSH(daemon.client(user)), peer = try ChrootedPeer.open(in: twin.path)
            var compared = 0
            for (id, link) in LinkedHome.targets(canary.path).enumerated() {
                for path in ["/l/\(link.name)", "/l/\(link.name)/secret", "/l/\(link.name)/../in/file"] {
                    try home.refresh()
                    try twin.refresh()
                    let requests = RequestOnPath.looking(path) + RequestOnPath.changing(path, id)
                    for request in requests where !Self.differs(request, link.name) {
                        let ours = try Self.outcome(of: request, in: session)
                        let theirs = try Self.outcome(of: request, in: peer)
                        #expect(ours == theirs, "\(request.name) of \(path) -> \(link.target)")
                        #expect(!ours.contains("CANARY"), "\(request.name) of \(path) -> \(link.target)")
                        compared += 1
                    }
                }
            }
            #expect(Self.tree(home.path) == Self.tree(twin.path))
            print("Links: \(compared) requests compared with OpenSSH's answers in a chroot")
            #expect(canary.harm() == [])
        }

        /// docs/protocol.md, Differences: RENAME onto a link that leads nowhere.
        private static func differs(_ request: RequestOnPath, _ link: String) -> Bool { request.name == "RENAME to it" }

        /// The same of links that the partner made, and of one that a user with an outer home put above.
        @Test func `whoever made a link, no request follows it out of the home`() throws {
            let daemon = try Daemon()
            let user = try daemon.api.createUser(home: "/a/b"), outer = try daemon.api.createUser(home: "/")
            let canary = try Canary(at: daemon.workspace.file("outside"), files: ["secret", "file"])
            try FileManager.default.createDirectory(
                atPath: "\(daemon.home(of: user))/in", withIntermediateDirectories: true)
            let session = try SFTPOverSSH(daemon.client(user)), above = try SFTPOverSSH(daemon.client(outer))
            let secret = "\(canary.path)/secret"
            let up = String(repeating: "../", count: 12)
            var id = 0
            for (maker, prefix) in [(session, ""), (above, "/a/b")] {
                for target in [
                    canary.path, "\(up)\(canary.path)", "/proc/self/root\(canary.path)", "../../../../outside",
                ] {
                    let link = "/link\(id)"
                    #expect(
                        try maker.send(Packet.paths(.symlink, target.bytes, "\(prefix)\(link)".bytes)).status == .ok)
                    for path in ["\(link)/secret", "\(link)/new", "\(link)/empty", link, "\(link)/../secret"] {
                        id += 1
                        for request in RequestOnPath.looking(path) + RequestOnPath.changing(path, id) {
                            let outcome = try Self.outcome(of: request, in: session)
                            #expect(!outcome.contains("CANARY"), "\(request.name) of \(path) -> \(target)")
                        }
                    }
                }
            }
            for path in [
                secret, "\(up)\(secret)", "/proc/self/root\(secret)", "/proc/self/cwd/../../../../outside/secret",
            ] {
                id += 1
                for request in RequestOnPath.looking(path) + RequestOnPath.changing(path, id) {
                    let outcome = try Self.outcome(of: request, in: session)
                    #expect(!outcome.contains("CANARY") && !outcome.hasPrefix("ok"), "\(request.name) of \(path)")
                }
            }
            #expect(canary.harm() == [])
        }

        @Test func `a hard link gets a second name within the home alone`() throws {
            let daemon = try Daemon()
            let user = try daemon.api.createUser(home: "/a")
            let canary = try Canary(at: daemon.workspace.file("outside"), files: ["secret"])
            let home = daemon.home(of: user)
            for (name, target) in [
                ("link", "\(canary.path)/secret"), ("directory", canary.path), ("up", "../../../../outside"),
            ] {
                symlink(target, "\(home)/\(name)")
            }
            try Data("mine".utf8).write(to: URL(fileURLWithPath: "\(home)/file"))
            let session = try SFTPOverSSH(daemon.client(user))
            func link(_ old: String, _ new: String) throws -> StatusCode? {
                try session.send(RequestOnPath.extended("hardlink@openssh.com", old, new)).status
            }
            for old in ["directory/secret", "up/secret", "../../../../outside/secret", "\(canary.path)/secret"] {
                #expect(try link(old, "/second") == .noSuchFile, "\(old)")
            }
            for new in ["directory/second", "up/second", "\(canary.path)/second"] {
                #expect(try link("/file", new) == .noSuchFile, "\(new)")
            }
            // The link itself, which still leads nowhere.
            #expect(try link("/link", "/second") == .ok)
            #expect(try session.send(Packet.open("/second".bytes, .read)).status == .noSuchFile)
            #expect(try link("/file", "../../../third") == .ok, ".. ends at the home")
            #expect(FileManager.default.fileExists(atPath: "\(home)/third"))
            #expect(canary.harm() == [])
        }

        /// A FIFO would hold the session up, and a device may do anything when it is opened.
        @Test(.enabled(if: geteuid() == 0))
        func `FIFOs, sockets and devices are listed and never opened`() throws {
            let daemon = try Daemon()
            let user = try daemon.api.createUser(home: "/a")
            let home = daemon.home(of: user)
            let kinds: [(name: String, mode: mode_t, device: dev_t, letter: UInt8)] = [
                ("fifo", S_IFIFO, 0, UInt8(ascii: "p")), ("socket", S_IFSOCK, 0, UInt8(ascii: "s")),
                ("null", S_IFCHR, dev_t(1 << 8 | 3), UInt8(ascii: "c")),
                ("disk", S_IFBLK, dev_t(7 << 8), UInt8(ascii: "b")),
            ]
            let watch = inotify_init1(CInt(O_NONBLOCK) | CInt(O_CLOEXEC))
            defer { close(watch) }
            for kind in kinds {
                try #require(mknod("\(home)/\(kind.name)", kind.mode | 0o666, kind.device) == 0)
                symlink(kind.name, "\(home)/to-\(kind.name)")
                inotify_add_watch(watch, "\(home)/\(kind.name)", UInt32(IN_OPEN))
            }
            let session = try SFTPOverSSH(daemon.client(user))
            let listing = try session.list("/")
            for (id, kind) in kinds.enumerated() {
                #expect(listing.first { $0.name == kind.name.bytes }?.longName.first == kind.letter)
                for path in ["/\(kind.name)", "/to-\(kind.name)"] {
                    let requests = RequestOnPath.looking(path) + RequestOnPath.changing(path, id).dropLast(6)
                    for request in requests where request.name.hasPrefix("OPEN") || request.name.hasPrefix("SETSTAT") {
                        let outcome = try Self.outcome(of: request, in: session)
                        let isMeant = request.name == "SETSTAT mode" || request.name == "SETSTAT times"
                        #expect(outcome.hasPrefix("ok") == isMeant, "\(request.name) of \(path): \(outcome)")
                    }
                }
            }
            var buffer = [UInt8](repeating: 0, count: 4_096)
            #expect(read(watch, &buffer, buffer.count) < 0, "something was opened")
            // Opening is seen where it happens.
            close(open("\(home)/fifo", O_RDONLY | O_NONBLOCK))
            #expect(read(watch, &buffer, buffer.count) > 0)
        }

        /// What a request leads to, with what is read and listed through the handle that it gives, but for what two servers
        /// never have in common (owners, times, sizes of directories).
        static func outcome(of request: RequestOnPath, in session: SFTPOverSSH) throws -> String {
            let reply = try session.send(request.packet)
            if let attributes = reply.attributes {
                let mode = attributes.permissions ?? 0
                return "ok \(mode) \(mode & S_IFMT == S_IFDIR ? 0 : attributes.size ?? 0)"
            }
            if let names = reply.names { return "ok \(names.map { String(decoding: $0.name, as: UTF8.self) })" }
            guard let handle = reply.string else { return reply.status.map { "\($0)" } ?? "ok" }
            var found = "ok"
            if request.name == "OPENDIR" {
                let entries = try session.send(Packet.handle(.readdir, handle)).names ?? []
                found += " \(entries.map { String(decoding: $0.name, as: UTF8.self) }.filter { $0 != ".sys" }.sorted())"
            } else {
                let content = try session.send(Packet.read(handle, at: 0, 64)).string ?? []
                found += " \(String(decoding: content, as: UTF8.self))"
                found += " \(try session.send(Packet.write(handle, at: 0, "x".bytes)).status == .ok)"
            }
            _ = try session.send(Packet.handle(.close, handle))
            return found
        }

        /// Every name below a directory with its kind, mode, content or target.
        private static func tree(_ path: String) -> [String] {
            let names = FileManager.default.enumerator(atPath: path)?.compactMap { $0 as? String } ?? []
            return names.filter { !$0.hasPrefix(".sys") }.sorted().map { name in
                var found = stat()
                lstat("\(path)/\(name)", &found)
                let content: String
                switch found.st_mode & S_IFMT {
                case S_IFLNK:
                    content = (try? FileManager.default.destinationOfSymbolicLink(atPath: "\(path)/\(name)")) ?? ""
                case S_IFREG: content = (try? String(contentsOfFile: "\(path)/\(name)", encoding: .utf8)) ?? ""
                default: content = ""
                }
                return "\(name) \(String(found.st_mode & 0o170777, radix: 8)) \(content)"
            }
        }
    }
}

extension SFTPOverSSH {
    /// Every entry of a directory.
    func list(_ path: String) throws -> [ParsedReply.Name] {
        guard let handle = try send(Packet.paths(.opendir, path.bytes)).string else { return [] }
        var names: [ParsedReply.Name] = []
        while let more = try send(Packet.handle(.readdir, handle)).names { names += more }
        _ = try send(Packet.handle(.close, handle))
        return names
    }
}
