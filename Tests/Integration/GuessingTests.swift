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
        }

        private func guess(
            _ daemon: Daemon, _ names: [String], count: Int, from sources: [String], seconds: Double = 60
        ) throws -> [Guess] {
            let run = try Command.run(
                Programs.python,
                [
                    Programs.script("guess.py"), "127.0.0.1", "\(daemon.sftpPort)", names.joined(separator: ","),
                    "\(count)",
                ] + sources, environment: ["BERTH_TEST_PASSWORD": "Wr0ngPassw0rdXYZ"], seconds: seconds)
            #expect(run.status == 0, "\(run)\n\(daemon.log.text)")
            return run.output.split(separator: "\n").compactMap { line in
                let parts = line.split(separator: " ")
                guard parts.count == 3, let milliseconds = Double(parts[2]) else { return nil }
                return Guess(name: String(parts[0]), result: String(parts[1]), milliseconds: milliseconds)
            }
        }

        /// What a client from `source` is told before anything else; nil when it hears nothing in time.
        private func greeting(_ daemon: Daemon, from source: String) throws -> String? {
            try TCPConnection(port: daemon.sftpPort, from: source).readToEnd(seconds: 5)
                .map { String(decoding: $0, as: UTF8.self) }
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
            for _ in 0..<50 { #expect(try greeting(daemon, from: "127.0.0.2") == Self.refusal) }
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
            #expect(try greeting(daemon, from: "127.0.0.7")?.isEmpty == true)
            #expect(try greeting(daemon, from: "127.0.1.1")?.isEmpty == true)
            #expect(try logIn(daemon, user, from: "127.0.0.1").status == 0)
            let trusted = try guess(daemon, ["NOBODY00", user.username], count: 20, from: ["127.0.0.8"])
            #expect(trusted.count == 20 && trusted.allSatisfy { $0.result == "denied" && $0.milliseconds < 250 })
            #expect(try logIn(daemon, user, from: "127.0.0.8").status == 0)
        }

        @Test func `the time of an answer does not tell whether there is such a user`() throws {
            let daemon = try Daemon(settings: ["BERTHD_SFTP_MAX_AUTHENTICATION_ATTEMPTS": "100"])
            let user = try daemon.api.createUser(home: "/a")
            #expect(try logIn(daemon, user, from: "127.0.0.1").status == 0)
            let guesses = try guess(daemon, [user.username, "ZZZZZZZZ"], count: 800, from: ["127.0.0.1"], seconds: 120)
            let known = guesses.filter { $0.name == user.username }.map(\.milliseconds).sorted()
            let unknown = guesses.filter { $0.name == "ZZZZZZZZ" }.map(\.milliseconds).sorted()
            #expect(known.count == 400 && unknown.count == 400)
            // Mann and Whitney: how often the answer to a known name was the slower one. By chance alone it lies within
            // five standard deviations of one half but once in two million runs.
            let slower = known.reduce(0) { sum, time in sum + unknown.count { $0 < time } }
            let share = Double(slower) / Double(known.count * unknown.count)
            let deviation = (Double(known.count + unknown.count + 1) / Double(12 * known.count * unknown.count))
                .squareRoot()
            #expect(
                abs(share - 0.5) < 5 * deviation,
                "medians: known \(known[200]) ms, unknown \(unknown[200]) ms; share \(share), deviation \(deviation)")
        }
    }
}
