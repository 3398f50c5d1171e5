import Foundation
import Glibc
import ServiceTestSupport
import Testing

extension Integration {
    /// Clients that guess passwords, each from an address of its own in 127.0.0.0/8.
    @Suite struct GuessingTests {
        private static let refusal =
            "Not allowed at this time: too many failed logins from this address, try again later\r\n"

        /// A daemon that watches clients of these addresses, and blocks after four failures.
        private func watchfulDaemon(_ settings: [String: String] = [:]) throws -> Daemon {
            let watchful = [
                "BERTHD_SFTP_TRUSTED_NETWORKS": "", "BERTHD_SFTP_BLOCK_AFTER_FAILURES": "4",
                "BERTHD_SFTP_BLOCK_SECONDS": "600",
            ]
            return try Daemon(settings: watchful.merging(settings) { $1 })
        }

        private struct Guess {
            let name: String
            let result: String
            let milliseconds: Double
            /// The message that was the answer.
            let answer: String
        }

        private func guess(
            _ daemon: Daemon, _ names: [String], by method: String = "password", count: Int, from sources: [String],
            seconds: Double = 60
        ) throws -> [Guess] {
            let run = try Command.run(
                Programs.python,
                [
                    "-B", Programs.script("guess.py"), "\(daemon.sftpPort)", method, names.joined(separator: ","),
                    "\(count)",
                ] + sources, environment: ["BERTH_TEST_PASSWORD": "Wr0ngPassw0rdXYZ"], seconds: seconds)
            #expect(run.status == 0, "\(run)\n\(daemon.log.text)")
            return run.output.split(separator: "\n").compactMap { line in
                let parts = line.split(separator: " ")
                guard parts.count == 4, let milliseconds = Double(parts[2]) else { return nil }
                return Guess(
                    name: String(parts[0]), result: String(parts[1]), milliseconds: milliseconds,
                    answer: String(parts[3]))
            }
        }

        /// What a client from `source` is told before anything else; nil when it hears nothing in time.
        private func greeting(_ daemon: Daemon, from source: String) throws -> String? {
            try TCPConnection(port: daemon.sftpPort, from: source).readToEnd(seconds: 5)
                .map { String(decoding: $0, as: UTF8.self) }
        }

        /// What clients are told that are refused: for them no process is forked, and for one that is let in there is.
        private func refusals(_ daemon: Daemon, of sources: [String]) throws -> [String?] {
            let watch = try #require(daemon.watch)
            func faults() throws -> Int {
                #expect(eventually(seconds: 10) { watch.sessions.isEmpty })
                return try #require(ProcessTable.pageFaultsOfChildren(of: watch.pid))
            }
            let before = try faults()
            let told = try sources.map { try greeting(daemon, from: $0) }
            #expect(try faults() == before)
            #expect(try TCPConnection(port: daemon.sftpPort, from: "127.0.0.5").receive(seconds: 5) != nil)
            #expect(try eventually(seconds: 5) { try faults() > before })
            return told
        }

        private func logIn(_ daemon: Daemon, _ user: TestUser, from source: String) throws -> Command.Result {
            try daemon.client(user).sftp(["pwd"], arguments: ["-o", "BindAddress=\(source)"])
        }

        private func blocks(_ daemon: Daemon) -> API {
            API(base: daemon.api.base, key: daemon.apiKey, version: "/berth/v1/blocks")
        }

        @Test func `who guesses is blocked, and another address logs in meanwhile`() throws {
            let daemon = try watchfulDaemon()
            let user = try daemon.api.createUser(home: "/a")
            let results = try guess(daemon, [user.username], count: 4, from: ["127.0.0.2"])
            #expect(results.map(\.result) == ["denied", "denied", "denied", "ended"])
            #expect(results[0].milliseconds < 200 && results[2].milliseconds > 200)
            let told = try refusals(daemon, of: [String](repeating: "127.0.0.2", count: 50))
            #expect(told.allSatisfy { $0 == Self.refusal }, "\(told)")
            #expect(try logIn(daemon, user, from: "127.0.0.2").status == 255)
            #expect(try logIn(daemon, user, from: "127.0.0.3").status == 0)
            let lines = daemon.log.text.split(separator: "\n")
            #expect(lines.count { $0.contains("address blocked") && $0.contains("address=127.0.0.2") } == 1)
            #expect(lines.count { $0.contains("connection refused") } == 1, "\(daemon.log.text)")
            #expect(!daemon.log.text.contains("Wr0ngPassw0rdXYZ"))
        }

        @Test func `a block outlives a crash of the service, and the API ends it at once`() throws {
            let first = try watchfulDaemon()
            let user = try first.api.createUser(home: "/a")
            #expect(try guess(first, ["NOBODY00"], count: 4, from: ["127.0.0.2"]).last?.result == "ended")
            let before = try blocks(first).send("GET", "")
            let items = before.json["items"] as? [[String: Any]] ?? []
            #expect(items.map { $0["address"] as? String } == ["127.0.0.2"], "\(before.body)")
            #expect(items.first?["failures"] as? Int == 4 && items.first?["reason"] as? String == "4 failed logins")
            first.crash()

            let daemon = try Daemon(after: first)
            #expect(try greeting(daemon, from: "127.0.0.2") == Self.refusal)
            #expect(try blocks(daemon).send("GET", "").body == before.body)
            #expect(try blocks(daemon).send("DELETE", "/127.0.0.3").status == 404)
            #expect(try blocks(daemon).send("DELETE", "/127.0.0.2").status == 204)
            #expect(try logIn(daemon, user, from: "127.0.0.2").status == 0)
            #expect(try blocks(daemon).send("GET", "").body == #"{"items":[]}"#)
            #expect(try blocks(daemon).send("DELETE", "/127.0.0.2").status == 404)
        }

        /// Another process that is in the middle of a change to the registry, so that nobody else can write.
        private static let holdsRegistry = """
            import sqlite3, sys
            connection = sqlite3.connect(sys.argv[1], isolation_level=None)
            connection.execute("BEGIN IMMEDIATE")
            print("held", flush=True)
            sys.stdin.read()
            connection.execute("ROLLBACK")
            """

        @Test func `a block holds at once, and once it is in the log or in the API's list it outlives a crash`() throws
        {
            let first = try watchfulDaemon()
            let output = try LineLog()
            let pipe = try Descriptors.pipe()
            let holder = try ChildProcess(
                Programs.python, ["-c", Self.holdsRegistry, "\(first.data)/berth.sqlite"],
                environment: Command.environment(), input: pipe.read, output: output.writeEnd, error: output.writeEnd)
            close(output.writeEnd)
            close(pipe.read)
            #expect(output.waitForLine(containing: "held") != nil, "\(output.text)")
            #expect(try guess(first, ["NOBODY00"], count: 4, from: ["127.0.0.2"]).last?.result == "ended")
            #expect(try greeting(first, from: "127.0.0.2") == Self.refusal)
            #expect(!first.log.text.contains("address blocked"), "\(first.log.text)")
            // The list waits as long as the log.
            #expect(throws: Daemon.NotReady.self) { try blocks(first).send("GET", "", arguments: ["--max-time", "1"]) }
            close(pipe.write)
            #expect(holder.wait(seconds: 10) == 0)
            #expect(first.log.waitForLine(containing: "address blocked") != nil, "\(first.log.text)")
            first.crash()

            let daemon = try Daemon(after: first)
            #expect(try greeting(daemon, from: "127.0.0.2") == Self.refusal)
            #expect(try blocks(daemon).send("GET", "").body.contains("127.0.0.2"))
        }

        @Test func `guesses of a name from elsewhere slow down strangers, not the address its partner comes from`()
            throws
        {
            let daemon = try watchfulDaemon()
            let user = try daemon.api.createUser(home: "/a")
            #expect(try logIn(daemon, user, from: "127.0.0.10").status == 0)
            let guesses = try guess(daemon, [user.username], count: 1, from: (1...12).map { "127.0.1.\($0)" })
            #expect(guesses.count == 12 && guesses.allSatisfy { $0.result == "denied" })
            let stranger = try logIn(daemon, user, from: "127.0.2.1")
            #expect(stranger.status == 0 && stranger.seconds > 4, "\(stranger)")
            let partner = try logIn(daemon, user, from: "127.0.0.10")
            #expect(partner.status == 0 && partner.seconds < 4, "\(partner)")
        }

        @Test func `only allowed networks connect, blocked ones never do, and trusted ones may fail`() throws {
            let daemon = try watchfulDaemon([
                "BERTHD_SFTP_ALLOW_NETWORKS": "127.0.0.0/24", "BERTHD_SFTP_BLOCK_NETWORKS": "127.0.0.7",
                "BERTHD_SFTP_TRUSTED_NETWORKS": "127.0.0.8", "BERTHD_SFTP_MAX_AUTHENTICATION_ATTEMPTS": "100",
            ])
            let user = try daemon.api.createUser(home: "/a")
            #expect(try refusals(daemon, of: ["127.0.0.7", "127.0.1.1"]) == ["", ""])
            #expect(try logIn(daemon, user, from: "127.0.0.1").status == 0)
            let trusted = try guess(daemon, ["NOBODY00", user.username], count: 20, from: ["127.0.0.8"])
            #expect(trusted.count == 20 && trusted.allSatisfy { $0.result == "denied" && $0.milliseconds < 250 })
            #expect(try logIn(daemon, user, from: "127.0.0.8").status == 0)
        }

        /// What may tell names from one another: answers that come at once, answers that are held back, and those to methods
        /// that ask nobody.
        enum Way: CaseIterable {
            case password, heldBack, publicKey

            var settings: [String: String] {
                let common = [
                    "BERTHD_SFTP_MAX_AUTHENTICATION_ATTEMPTS": "100", "BERTHD_SFTP_MAX_UNAUTHENTICATED": "400",
                ]
                guard self == .heldBack else { return common }
                return common.merging(["BERTHD_SFTP_TRUSTED_NETWORKS": "", "BERTHD_SFTP_BLOCK_AFTER_FAILURES": "0"]) {
                    $1
                }
            }

            /// Each name fails as often as the others, so that all but the first few answers about it wait for the same five
            /// seconds: many at once, each from an address that has not failed often enough to wait for that.
            var sources: [String] { self == .heldBack ? (1...100).map { "127.0.1.\($0)" } : ["127.0.0.1"] }
            /// Attempts from each of them.
            var count: Int { self == .heldBack ? 3 : 1_200 }
        }

        @Test(arguments: Way.allCases)
        func `the time of an answer does not tell whether there is such a user, nor does the answer`(way: Way) throws {
            let daemon = try Daemon(settings: way.settings)
            let user = try daemon.api.createUser(home: "/a")
            let deleted = try daemon.api.createUser(home: "/b")
            #expect(try daemon.api.deleteUser(deleted.username).status == 204)
            #expect(try logIn(daemon, user, from: "127.0.0.1").status == 0)
            let names = [user.username, deleted.username, "ZZZZZZZZ"]
            let guesses = try guess(
                daemon, names, by: way == .publicKey ? "publickey" : "password", count: way.count, from: way.sources,
                seconds: 120)
            #expect(guesses.count == way.count * way.sources.count && guesses.allSatisfy { $0.result == "denied" })
            #expect(Set(guesses.map(\.answer)).count == 1, "\(Set(guesses.map(\.answer)))")
            let times = names.map { name in guesses.filter { $0.name == name }.map(\.milliseconds).sorted() }
            #expect(Set(times.map(\.count)).count == 1)
            if way == .heldBack {
                #expect(times.allSatisfy { $0[$0.count / 4] > 4_900 }, "\(times.map { $0.prefix(30) })")
            }
            for (one, other) in [(0, 1), (0, 2), (1, 2)] {
                let distance = Self.distance(times[one], times[other])
                // By chance alone it is more than five once in two million times.
                #expect(
                    abs(distance) < 5,
                    """
                    \(names[one]), median \(times[one][times[one].count / 2]) ms, and \(names[other]), median \
                    \(times[other][times[other].count / 2]) ms, are \(distance) standard deviations apart
                    """)
            }
        }

        /// How often those of the one are slower than those of the other, in standard deviations from half of the pairs (Mann
        /// and Whitney).
        private static func distance(_ one: [Double], _ other: [Double]) -> Double {
            let slower = one.reduce(0) { sum, time in sum + other.count { $0 < time } }
            let pairs = Double(one.count * other.count)
            return (Double(slower) - pairs / 2) / (pairs * Double(one.count + other.count + 1) / 12).squareRoot()
        }
    }
}
