import Foundation
import Glibc
import ServiceTestSupport
import Testing

extension Integration {
    /// Where passwords and keys must not be.
    @Suite struct SecretTests {
        private static let wrongPassword = "Wr0ngPassw0rdThatNobodyHas"
        private static let wrongKey = "berth_" + String(repeating: "WrongKey", count: 5) + "xyz"

        /// A daemon whose processes have all seen secrets, right and wrong ones.
        private struct Scene {
            let daemon: Daemon
            let user: TestUser
            let client: OpenSFTP
            let listener: pid_t
            let session: pid_t
            /// What clients were told, by SSH and by the API, where it was not what they had asked for.
            private(set) var told: [(name: String, text: String)] = []

            init(settings: [String: String] = [:], tracer: [String] = []) throws {
                daemon = try Daemon(
                    settings: ["BERTHD_LOG_LEVEL": "debug"].merging(settings) { $1 }, tracer: tracer)
                user = try daemon.api.createUser(home: "/a")
                for method in ["password", "keyboard-interactive"] {
                    let denied = try daemon.client(user).sftp(
                        ["pwd"], password: wrongPassword, arguments: ["-v"], methods: method)
                    let granted = try daemon.client(user).sftp(["pwd"], arguments: ["-v"], methods: method)
                    #expect(denied.status == 255 && granted.status == 0)
                    told += [denied, granted].map { ("a client by \(method)", $0.output + $0.error) }
                }
                for (status, method, path, body, key) in [
                    (400, "POST", "/users", #"{"homeDirectory": 5, "description": "x""#, daemon.apiKey),
                    (
                        400, "POST", "/users", #"{"homeDirectory": "/a", "password": "\#(user.password)"}"#,
                        daemon.apiKey
                    ),
                    (404, "GET", "/users/NOBODY00", nil, daemon.apiKey), (401, "GET", "/users", nil, wrongKey),
                    (405, "PATCH", "/users", nil, daemon.apiKey),
                ] {
                    var api = daemon.api
                    api.key = key
                    let answer = try api.send(method, path, body: body)
                    #expect(answer.status == status, "\(answer)")
                    told.append(("\(method) \(path): \(status)", "\(answer.headers)\(answer.body)"))
                }
                client = try daemon.client(user).open()
                listener = try #require(daemon.listener)
                session = try #require(ProcessTable.children(of: listener).first)
            }

            var processes: [pid_t] { [daemon.process.pid, listener, session] }
            var secrets: [String] { [user.password, daemon.apiKey, wrongPassword, wrongKey] }
        }

        @Test func `no password and no key is in a file, a log, an argument or the environment`() throws {
            let scene = try Scene()
            var searched = 0
            func search(_ data: Data, _ place: String) {
                searched += 1
                for secret in scene.secrets {
                    for form in [Data(secret.utf8), Data(Data(secret.utf8).base64EncodedString().utf8)] {
                        #expect(data.range(of: form) == nil, "\(place) holds a secret")
                    }
                }
            }
            for case let path as String in FileManager.default.enumerator(atPath: scene.daemon.data) ?? .init() {
                let whole = "\(scene.daemon.data)/\(path)"
                if let data = FileManager.default.contents(atPath: whole) { search(data, path) }
            }
            for process in scene.processes {
                for file in ["cmdline", "environ", "comm"] {
                    search(try Data(contentsOf: URL(fileURLWithPath: "/proc/\(process)/\(file)")), "\(process) \(file)")
                }
            }
            search(Data(scene.daemon.log.text.utf8), "the log")
            for (name, text) in scene.told { search(Data(text.utf8), name) }
            // The database with its WAL, the host keys, the audit log, nine files of /proc, the log, what nine were told.
            #expect(searched >= 25, "\(searched)")
            #expect(scene.told.allSatisfy { !$0.text.isEmpty })
            let audit = AuditScene(scene.daemon)
            #expect(audit.raw.contains { $0.contains("denied") && $0.contains("login") }, "\(audit.raw)")
            #expect(
                audit.raw.contains { $0.contains("UnauthorizedException") } && audit.raw.count >= 10, "\(audit.raw)")
            #expect(scene.daemon.log.text.contains("debug") && scene.daemon.log.text.contains("login denied"))
            #expect(scene.client.answers())
        }

        /// Runs a program as one that may dump what the system lets it, without capabilities, so that being the same user is
        /// all that counts.
        private static let bare = [
            "sh", "-c", "ulimit -c \"$(ulimit -H -c)\" && exec setpriv --bounding-set=-all --inh-caps=-all \"$@\"",
            "sh",
        ]

        /// Whether others of a process's user can open its memory, the map of it, and its environment.
        private func look(into process: pid_t) throws -> String {
            let open =
                "import sys\nfor path in sys.argv[1:]:\n try:\n  open(path, 'rb').read(1)\n  print('open')\n"
                + " except PermissionError:\n  print('refused')\n except OSError:\n  print('open')\n"
            let paths = ["mem", "maps", "environ"].map { "/proc/\(process)/\($0)" }
            let command = Self.bare + [Programs.python, "-c", open] + paths
            let run = try Command.run(command[0], Array(command.dropFirst()))
            #expect(run.status == 0, "\(run)")
            return run.output.split(separator: "\n").joined(separator: " ")
        }

        private func expectClosed(_ process: pid_t, _ what: String) throws {
            #expect(try look(into: process) == "refused refused refused", "\(what)")
            let limits = try String(contentsOfFile: "/proc/\(process)/limits", encoding: .utf8)
            let core = limits.split(separator: "\n").first { $0.hasPrefix("Max core file size") }
            #expect(core?.split(whereSeparator: \.isWhitespace).suffix(3) == ["0", "0", "bytes"], "\(what): \(limits)")
        }

        /// The process through which a session speaks to the broker until the login.
        private func doorkeeper(of session: pid_t) throws -> pid_t {
            try #require(ProcessTable.children(of: session).first)
        }

        @Test func `no process leaves a core dump or lets others of its user look into it`() throws {
            let scene = try Scene(tracer: Self.bare)
            for process in scene.processes { try expectClosed(process, ProcessTable.name(of: process) ?? "") }
            // What the same question is answered about a process that does not mind.
            let nothing = Glibc.open("/dev/null", O_RDWR | O_CLOEXEC)
            defer { close(nothing) }
            let command = Self.bare + ["sleep", "60"]
            let other = try ChildProcess(
                command[0], Array(command.dropFirst()), environment: Command.environment(), input: nothing,
                output: nothing, error: nothing)
            defer { other.end() }
            #expect(eventually(seconds: 5) { ProcessTable.name(of: other.pid) == "sleep" })
            #expect(try look(into: other.pid).contains("open"))
        }

        /// Executing a program makes a process dumpable again (prctl(2)).
        @Test func `nor do a listener that executed itself anew and the sessions before and after that`() throws {
            let scene = try Scene(tracer: Self.bare)
            let watch = try #require(scene.daemon.watch)
            kill(watch.pid, SIGHUP)
            #expect(watch.waitForTakeover(), "\(scene.daemon.log.text)")
            #expect(watch.pid == scene.listener)
            try expectClosed(watch.pid, "the listener")
            let (client, later) = try watch.session { try scene.daemon.client(scene.user).open() }
            let (silent, waiting) = try watch.session {
                let connection = try TCPConnection(port: scene.daemon.sftpPort)
                #expect(connection.receive(seconds: 5) != nil)
                return connection
            }
            for (process, what) in [(scene.session, "before"), (later, "after"), (waiting, "not logged in")] {
                try expectClosed(#require(process), "a session: \(what)")
            }
            try expectClosed(doorkeeper(of: #require(waiting)), "a doorkeeper")
            #expect(client.answers() && scene.client.answers())
            withExtendedLifetime(silent) {}
        }

        /// Settings of a daemon whose API is served by TLS, or not.
        private func settings(overTLS: Bool, in place: Workspace) throws -> [String: String] {
            overTLS ? try TestCertificate("served", in: place).settings : [:]
        }

        @Test(arguments: [false, true])
        func `no memory holds a password once it was used`(overTLS: Bool) throws {
            let place = try Workspace()
            let scene = try Scene(settings: try settings(overTLS: overTLS, in: place))
            #expect(scene.client.answers())
            for process in scene.processes {
                let name = ProcessTable.name(of: process) ?? ""
                for (secret, what) in [
                    (scene.user.password, "the password"), (Self.wrongPassword, "a wrong password"),
                    // Those who sent them have closed their connections.
                    (scene.daemon.apiKey, "the key"), (Self.wrongKey, "a wrong key"),
                ] {
                    let isClean = try eventually(seconds: 3) { try MemorySearch.count(of: secret, in: process) == 0 }
                    #expect(isClean, "\(name) \(process) holds \(what)")
                }
            }
            // The search finds what is there.
            #expect(try MemorySearch.count(of: scene.daemon.data, in: scene.daemon.process.pid) > 0)
        }

        /// The client keeps the connection, and says nothing more on it.
        @Test(arguments: [false, true])
        func `no memory holds a key once the connection that it came on had its time`(overTLS: Bool) throws {
            let place = try Workspace()
            let idle = ["BERTHD_API_IDLE_SECONDS": "5"]
            let daemon = try Daemon(settings: try settings(overTLS: overTLS, in: place).merging(idle) { $1 })
            let client = try SteppedClient(
                "keyed.py", arguments: ["\(daemon.apiPort)", overTLS ? "tls" : "clear"],
                environment: ["BERTH_TEST_KEY": daemon.apiKey])
            #expect(client.log.waitForLine(containing: "answer 200") != nil, "\(client.log.text)")
            // In buffers of the connection: so this finds it where it is.
            #expect(try MemorySearch.count(of: daemon.apiKey, in: daemon.process.pid) > 0)
            #expect(client.log.waitForLine(containing: "end") != nil, "\(client.log.text)")
            let isClean = try eventually(seconds: 5) {
                try MemorySearch.count(of: daemon.apiKey, in: daemon.process.pid) == 0
            }
            #expect(isClean)
        }

        @Test func `no memory holds the key of the credential once it was read`() throws {
            let workspace = try Workspace()
            // Of no other text that is in memory.
            let key = "berth_kEyOfTheCredential" + String(repeating: "-Zq7_wB3", count: 3) + "x"
            try workspace.write("berth-api-key", Data(key.utf8), mode: 0o400)
            let daemon = try Daemon(settings: ["CREDENTIALS_DIRECTORY": workspace.path])
            #expect(try MemorySearch.count(of: key, in: daemon.process.pid) == 0)
            #expect(try API(base: daemon.api.base, key: key).send("GET", "/users").status == 200)
        }

        /// A session is a fork of the listener, which knows who is there.
        @Test func `a session's memory holds no name and no address of others`() throws {
            let daemon = try Daemon(settings: ["BERTHD_SFTP_TRUSTED_NETWORKS": ""])
            let user = try daemon.api.createUser(home: "/a")
            let other = try daemon.client(user).open(arguments: ["-o", "BindAddress=127.0.0.77"])
            let watch = try #require(daemon.watch)
            let (stranger, session) = try watch.session {
                let connection = try TCPConnection(port: daemon.sftpPort)
                #expect(connection.receive(seconds: 5) != nil)
                return connection
            }
            for text in [user.username, "127.0.0.77:"] {
                #expect(try MemorySearch.count(of: text, in: #require(session)) == 0, "\(text)")
                #expect(try MemorySearch.count(of: text, in: watch.pid) > 0, "\(text)")
            }
            #expect(other.answers())
            withExtendedLifetime(stranger) {}
        }

        @Test(arguments: ["password", "keyboard-interactive"])
        func `no memory holds a wrong password once it was denied, though the client says nothing more`(
            method: String
        ) throws {
            let daemon = try Daemon()
            let user = try daemon.api.createUser(home: "/a")
            let client = try SteppedClient("denied.py", user, of: daemon, [method, Self.wrongPassword])
            #expect(client.log.waitForLine(containing: "denied") != nil, "\(client.log.text)")
            let listener = try #require(daemon.listener)
            let session = try #require(ProcessTable.children(of: listener).first)
            for process in [daemon.process.pid, listener, session, try doorkeeper(of: session)] {
                // The answer is on its way before the session has cleared up behind it.
                let isClean = try eventually(seconds: 3) {
                    try MemorySearch.count(of: Self.wrongPassword, in: process) == 0
                }
                #expect(isClean, "\(ProcessTable.name(of: process) ?? "") \(process) holds a wrong password")
            }
            #expect(ProcessTable.isAlive(session))
            client.goOn()
            #expect(client.process.wait(seconds: 10) == 0, "\(client.log.text)")
        }
    }
}

/// Looks through the memory of a process (proc(5), `mem`); for root.
private enum MemorySearch {
    /// How often the text stands in memory that the process can write to.
    static func count(of text: String, in process: pid_t) throws -> Int {
        let maps = try String(contentsOfFile: "/proc/\(process)/maps", encoding: .utf8)
        let memory = open("/proc/\(process)/mem", O_RDONLY | O_CLOEXEC)
        guard memory >= 0 else { throw POSIXError(.EACCES) }
        defer { close(memory) }
        var found = 0
        for line in maps.split(separator: "\n") {
            let fields = line.split(separator: " ")
            let ends = (fields.first ?? "").split(separator: "-").compactMap { UInt64($0, radix: 16) }
            guard ends.count == 2, fields.count > 1, fields[1].hasPrefix("rw") else { continue }
            found += search(memory, from: ends[0], to: ends[1], for: Array(text.utf8))
        }
        return found
    }

    private static func search(_ memory: CInt, from begin: UInt64, to end: UInt64, for wanted: [UInt8]) -> Int {
        var block = [UInt8](repeating: 0, count: 1 << 20)
        var found = 0
        var place = begin
        while place < end {
            let count = pread(memory, &block, min(block.count, Int(end - place)), off_t(place))
            // A page that can't be read, or a hole.
            guard count > 0 else {
                place += 4_096
                continue
            }
            let bytes = Data(block[..<count])
            var rest = bytes.startIndex..<bytes.endIndex
            while let hit = bytes.range(of: Data(wanted), in: rest) {
                found += 1
                rest = hit.upperBound..<bytes.endIndex
            }
            // What may stand across the border of two blocks.
            place += UInt64(count == block.count ? count - wanted.count + 1 : count)
        }
        return found
    }
}
