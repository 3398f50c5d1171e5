import Foundation
import Glibc
import SFTPProtocol
import SFTPTestSupport
import SSHWire
import ServiceTestSupport
import Testing

/// Everything that the server sent, and what must not be in it.
private struct Overheard {
    var texts: [(source: String, bytes: [UInt8])] = []

    /// Notes what was sent, without what the client had said itself.
    mutating func note(_ source: String, _ bytes: [UInt8], without own: String = "") {
        var bytes = bytes
        while !own.isEmpty, let range = bytes.firstRange(of: own.utf8) { bytes.removeSubrange(range) }
        texts.append((source, bytes))
    }

    /// Where one of the secrets is.
    func leaks(of secrets: [(name: String, bytes: [UInt8])]) -> [String] {
        texts.flatMap { text in
            secrets.filter { text.bytes.firstRange(of: $0.bytes) != nil }.map { secret in
                "\(secret.name) in \(text.source): \(String(decoding: text.bytes, as: UTF8.self).prefix(200))"
            }
        }
    }
}

extension Attack {
    @Suite(.serialized) struct TraceTests {
        @Test(.enabled(if: geteuid() == 0))
        func `nothing that the server sends names the host or anybody else`() throws {
            let daemon = try Daemon(settings: ["BERTHD_SFTP_MAX_AUTHENTICATION_ATTEMPTS": "2"])
            let user = try daemon.api.createUser(home: "/partners/acme")
            let other = try daemon.api.createUser(home: "/partners/competitor")
            let home = daemon.home(of: user)
            try Self.furnish(home, other: daemon.home(of: other))
            var heard = Overheard()
            try Self.converse(daemon, user, &heard)
            let session = try SFTPOverSSH(daemon.client(user))
            try Self.script(session, home, &heard)
            let secrets = try Self.secrets(daemon, user, other)
            print("Traces: \(heard.texts.count) texts of the server against \(secrets.count) secrets")
            #expect(heard.texts.count > 1_000)
            #expect(heard.leaks(of: secrets) == [])
            // Each secret is found where it is.
            for secret in secrets {
                #expect(!Overheard(texts: [("itself", [1, 2] + secret.bytes + [3])]).leaks(of: [secret]).isEmpty)
            }
        }

        /// Files of owners that nobody else has, and links to whatever tells about the host.
        private static func furnish(_ home: String, other: String) throws {
            for name in ["file", "locked/file", "full/file"] {
                let directory = URL(fileURLWithPath: "\(home)/\(name)").deletingLastPathComponent()
                try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
                try Data("content".utf8).write(to: URL(fileURLWithPath: "\(home)/\(name)"))
                chown("\(home)/\(name)", owner, group)
                chmod("\(home)/\(name)", 0o666)
            }
            try Data("other's".utf8).write(to: URL(fileURLWithPath: "\(other)/price-list"))
            chmod("\(home)/locked", 0)
            for (name, target) in [
                ("loop", "loop"), ("proc", "/proc/self/status"), ("shm", "/dev/shm"), ("hosts", "/etc/hosts"),
                ("other", "../competitor/price-list"), ("mounts", "/proc/mounts"), ("version", "/proc/version"),
            ] { symlink(target, "\(home)/\(name)") }
        }

        private static let owner: uid_t = 54_321, group: gid_t = 54_322

        /// What is sent before SFTP and beside it: identification, refusals, disconnects, what other channels say.
        private static func converse(_ daemon: Daemon, _ user: TestUser, _ heard: inout Overheard) throws {
            let connection = try TCPConnection(port: daemon.sftpPort)
            connection.send(
                "SSH-2.0-x\r\nnot a packet, and long enough to be one: \(String(repeating: "x", count: 400))".bytes)
            heard.note("identification and KEXINIT", connection.readToEnd(seconds: 20) ?? [])
            let options = OpenSSH.options(port: daemon.sftpPort)
            let target = "\(user.username)@127.0.0.1"
            let answers = OpenSSH.answering(user.password, workspace: daemon.workspace)
            for (name, arguments) in [
                ("exec", [target, "id"]), ("shell", ["-T", target]), ("terminal", ["-tt", target]),
                ("subsystem", ["-s", target, "netconf"]), ("forwarding", ["-W", "127.0.0.1:22", target]),
                ("remote forwarding", ["-N", "-o", "ExitOnForwardFailure=yes", "-R", "0:127.0.0.1:22", target]),
            ] {
                let said = try Command.run("ssh", options + arguments, environment: answers, seconds: 20)
                heard.note(name, (said.output + said.error).bytes)
            }
            for password in ["wrong", ""] {
                let said = try daemon.client(user).sftp(["pwd"], password: password)
                heard.note("denied login", (said.output + said.error).bytes)
            }
            let plain = try SFTPOverSSH(daemon.client(user))
            // Framing that can't be followed ends the session, with whatever is said then.
            _ = try? plain.send([0xff, 0xff, 0xff, 0xff, 1])
        }

        /// Each request on whatever there is, and is not, with every fault that can be provoked.
        private static func script(_ session: SFTPOverSSH, _ home: String, _ heard: inout Overheard) throws {
            var id = 0
            var totals = statvfs()
            statvfs(home, &totals)
            let long = String(repeating: "n", count: 256), deep = String(repeating: "d/", count: 2_100)
            for path in [
                "/", ".", "..", "", "/file", "/missing", "/missing/file", "/file/x", "/locked/file", "/locked", "/full",
                "/loop", "/proc", "/shm", "/hosts", "/other", "/mounts", "/version", "/.berth", "/.berth/staging", long,
                deep, "/proc/self/status", "/etc/passwd", "../competitor/price-list", "../../../../berth.sqlite",
                "/a\0b", "/\u{1b}[31m\n", "~", "~root", "~root/x", "/file/", "/full/..", "/dev/null", home, "/shm/x",
            ] {
                id += 1
                for request in RequestOnPath.looking(path) + RequestOnPath.changing(path, id) {
                    let reply = try session.send(request.packet)
                    // A link's content is shown as its maker wrote it.
                    if request.name == "READLINK", reply.type == .name { continue }
                    heard.note("\(request.name) of \(path.prefix(60))", reply.body, without: path)
                    try Self.check(reply, request.name, totals)
                    guard let handle = reply.string else { continue }
                    for packet in handleRequests(handle) {
                        let reply = try session.send(packet)
                        heard.note("after \(request.name) of \(path.prefix(60))", reply.body, without: path)
                        try Self.check(reply, "after \(request.name)", totals)
                    }
                }
                // As it was.
                close(open("\(home)/file", O_WRONLY | O_CREAT, 0o666))
                chown("\(home)/file", owner, group)
            }
            for packet in [
                RequestOnPath.extended("home-directory", "root"), RequestOnPath.extended("home-directory", ""),
                RequestOnPath.extended("limits@openssh.com"), RequestOnPath.extended("unknown@example.com", "x"),
                Packet.extended("users-groups-by-id@openssh.com") {
                    $0.append(string: Self.numbers)
                    $0.append(string: Self.numbers)
                }, Packet.make(PacketType(rawValue: 99), id: 1), Packet.make(.open, id: 2), Packet.initialize(),
            ] { heard.note("extension", try session.send(packet).body) }
        }

        /// 0, 1, 1000, 65534 and the owner of the files, each in four bytes.
        private static let numbers: [UInt8] = [0, 1, 1_000, 65_534].flatMap(bigEndian)

        private static func bigEndian(_ number: UInt32) -> [UInt8] {
            withUnsafeBytes(of: number.bigEndian) { Array($0) }
        }

        private static func handleRequests(_ handle: [UInt8]) -> [[UInt8]] {
            [
                Packet.handle(.readdir, handle), Packet.handle(.readdir, handle), Packet.handle(.fstat, handle),
                Packet.read(handle, at: 0, 1_000), Packet.read(handle, at: .max, 1), Packet.write(handle, at: 0, [1]),
                Packet.fsetstat(handle, FileAttributes()), Packet.handle(.close, handle), Packet.handle(.close, handle),
                Packet.extended("fstatvfs@openssh.com") { $0.append(string: handle) },
                Packet.extended("fsync@openssh.com") { $0.append(string: handle) },
            ]
        }

        /// Owners have the two fixed numbers and names; a file system is the home's, without an id.
        private static func check(_ reply: ParsedReply, _ request: String, _ totals: statvfs) throws {
            let shown = FileAttributes.Owner(user: 1_000, group: 1_000)
            let attributes = (reply.attributes.map { [$0] } ?? []) + (reply.names ?? []).map(\.attributes)
            for attributes in attributes { #expect(attributes.owner == nil || attributes.owner == shown, "\(request)") }
            for name in reply.names ?? [] where name.longName != name.name {
                #expect(name.longName.firstRange(of: " partner  berth ".utf8) != nil, "\(request)")
            }
            guard reply.type == .extendedReply, request == "statvfs" else { return }
            var reader = WireReader(reply.body.span.bytes)
            var members: [UInt64] = []
            while let next = try? reader.readUInt64() { members.append(next) }
            try #require(members.count == 11)
            #expect(members[8] == 0, "the id of the file system")
            #expect(
                members[2] == UInt64(totals.f_blocks) && members[5] == UInt64(totals.f_files), "another file system")
        }

        /// What must not be told, as text and, numbers, as they would be on the wire.
        private static func secrets(
            _ daemon: Daemon, _ user: TestUser, _ other: TestUser
        ) throws -> [(name: String, bytes: [UInt8])] {
            var system = utsname()
            uname(&system)
            func text<Tuple>(_ tuple: Tuple) -> String {
                withUnsafeBytes(of: tuple) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
            }
            let home = daemon.home(of: user)
            var found = stat(), above = stat(), totals = statvfs()
            try #require(stat(home, &found) == 0 && stat("\(home)/..", &above) == 0 && statvfs(home, &totals) == 0)
            func wide(_ number: some BinaryInteger) -> [UInt8] {
                withUnsafeBytes(of: UInt64(truncatingIfNeeded: number).bigEndian) { Array($0) }
            }
            let texts = [
                ("data path", daemon.workspace.path.dropFirst(5)), ("buckets", "/buckets"),
                ("bucket", user.bucketName[...]),
                ("home", "partners/acme"), ("the other's home", "competitor/"),
                ("the other's name", other.username[...]),
                ("the other's file", "other's"), ("registry", "SQLite"), ("host keys", "host_keys"),
                ("kernel", text(system.release)[...]), ("kernel's build", text(system.version)[...]),
                ("libssh", "libssh_"), ("library", "OpenSSL"), ("root", "root:"), ("owner", " 54321 "),
                ("group", " 54322 "), ("source", ".swift"), ("errno", "errno"), ("program", "berth-sftpd"),
            ].map { (name: $0.0, bytes: Array($0.1.utf8)) }
            let host = text(system.nodename)
            return texts
                + (host.utf8.count > 3 ? [("host name", host.bytes)] : [(name: "host name", bytes: " \(host) ".bytes)])
                + [
                    ("uid", bigEndian(owner)), ("gid", bigEndian(group)), ("inode", wide(found.st_ino)),
                    ("inode above", wide(above.st_ino)), ("file system's id", wide(totals.f_fsid)),
                ]
        }

        /// Whether something exists outside of the home takes no longer to deny than that it does not.
        @Test func `the time of an answer does not tell what exists outside of the home`() throws {
            let place = try Workspace()
            let home = place.file("a/b")
            try FileManager.default.createDirectory(atPath: home, withIntermediateDirectories: true)
            for name in ["a/there", "a/b/thereabc"] {
                try Data("x".utf8).write(to: URL(fileURLWithPath: place.file(name)))
            }
            for (name, target) in [
                ("to-there", "../there"), ("to-nowhr", "../nowhr"), ("host-there", "/etc/passwd"),
                ("host-nowhr", "/etc/nowhrx"), ("absolute-there", place.file("a/there")),
                ("absolute-nowhr", place.file("a/nowhr")),
            ] { symlink(target, "\(home)/\(name)") }
            // By openat2 alone and in this process: nothing else, no network and no other layer, blurs the times.
            let session = try InProcessSFTP(home: home)
            let pairs = [
                ("../there", "../nowhr"), ("/to-there", "/to-nowhr"), ("/host-there", "/host-nowhr"),
                ("/absolute-there", "/absolute-nowhr"), ("/proc/self/root/etc/passwd", "/proc/self/root/etc/nowhrx"),
            ]
            for (there, nowhere) in pairs {
                // Chance alone goes beyond 4 once in 16,000 runs; three such in a row are none.
                let found = try (0..<3).lazy.map { _ in try Self.distance(there, nowhere, session) }
                    .first { abs($0) < 4 }
                #expect(found != nil, "\(there) and \(nowhere) can be told apart")
            }
            // The same measure sees what there is to see.
            let inside = try Self.distance("/thereabc", "/nowhrabc", session)
            #expect(
                abs(inside) > 4, "what exists inside is not told from what doesn't (\(inside)): the test shows nothing")
        }

        /// How far apart the times of STAT of two paths are, by rank (Mann-Whitney): below 4 in size for the same
        /// distribution, nearly always.
        private static func distance(_ one: String, _ other: String, _ session: InProcessSFTP) throws -> Double {
            let count = 2_000
            var samples: [(time: Duration, isFirst: Bool)] = []
            let packets = [Packet.paths(.stat, one.bytes), Packet.paths(.stat, other.bytes)]
            for index in 0..<(2 * count) {
                // In turn, and the turns reversed each time.
                let which = (index + index / 2) % 2
                let started = ContinuousClock.now
                _ = try session.send(all: [packets[which]])
                samples.append((ContinuousClock.now - started, which == 0))
            }
            samples.sort { $0.time < $1.time }
            let ranks = samples.enumerated().reduce(0.0) { $1.element.isFirst ? $0 + Double($1.offset + 1) : $0 }
            let size = Double(count)
            let expected = size * (2 * size + 1) / 2
            return (ranks - expected) / (size * size * (2 * size + 1) / 12).squareRoot()
        }
    }
}
