import Foundation
import Glibc
import ServiceTestSupport
import Testing

extension Integration {
    /// Programs killed at random points of user creation and upload: whatever was acknowledged is there afterwards.
    @Suite struct CrashTests {
        private struct Acknowledged {
            var users: [TestUser] = []
            var files: [(user: String, path: String, size: Int, seed: UInt64)] = []
        }

        @Test func `nothing acknowledged is lost when berthd or berth-sftpd is killed, and the parts stay in step`()
            throws
        {
            let seed = SeededRandom.seedOfThisRun()
            print("CrashTests: BERTH_TEST_SEED=\(seed)")
            var random = SeededRandom(seed: seed)
            var daemon = try Daemon()
            var known = Acknowledged()
            for round in 0..<10 {
                let acknowledgements = Int.random(in: 1...30, using: &random)
                let microseconds = UInt32.random(in: 0...15_000, using: &random)
                let killsControlPlane = round % 3 != 1
                let killsDataPlane = round % 3 != 0
                let listener = try #require(daemon.listener)
                let start = daemon.log.lines.count

                let driver = try Driver(daemon: daemon, round: round)
                driver.log.waitForCount(acknowledgements, seconds: 20)
                usleep(microseconds)
                if killsDataPlane { kill(listener, SIGKILL) }
                if killsControlPlane {
                    daemon.crash()
                    driver.process.end()
                    daemon = try Daemon(after: daemon)
                } else {
                    let again = daemon.log.waitForLine(from: start) {
                        $0.contains(" listening") && $0.contains("plane=sftp")
                    }
                    #expect(again != nil, "\(daemon.log.text)")
                    _ = driver.process.wait(seconds: 10)
                    driver.process.end()
                }
                driver.log.waitUntilComplete(seconds: 5)
                note(driver.log.lines, in: &known)
                #expect(driver.log.lines.count >= acknowledgements, "\(driver.log.text)\n\(daemon.log.text)")
                try check(known, in: daemon, context: "seed \(seed), round \(round)")
            }
            print("CrashTests: \(known.users.count) users and \(known.files.count) files acknowledged, all there")
        }

        private func note(_ lines: [String], in known: inout Acknowledged) {
            for line in lines {
                let words = line.split(separator: " ").map(String.init)
                if words.first == "user", words.count == 5 {
                    known.users.append(
                        TestUser(username: words[1], password: words[2], homeDirectory: words[3], bucketName: words[4]))
                } else if words.first == "file", words.count == 5, let size = Int(words[3]), let seed = UInt64(words[4])
                {
                    known.files.append((words[1], words[2], size, seed))
                }
            }
        }

        private func check(_ known: Acknowledged, in daemon: Daemon, context: String) throws {
            let registered = try daemon.api.allUsers()
            let names = Set(registered.compactMap { $0["username"] as? String })
            for user in known.users {
                #expect(names.contains(user.username), "\(context): \(user) was acknowledged and is gone")
            }
            let bucket = known.users.first?.bucketName ?? ""
            for user in registered {
                let home = "\(daemon.data)/buckets/\(bucket)\(user["homeDirectory"] as? String ?? "?")"
                var isDirectory: ObjCBool = false
                let exists = FileManager.default.fileExists(atPath: home, isDirectory: &isDirectory)
                #expect(exists && isDirectory.boolValue, "\(context): \(user) has no home \(home)")
            }
            let users = Dictionary(known.users.map { ($0.username, $0) }) { first, _ in first }
            for file in known.files {
                let user = try #require(users[file.user])
                let data = try? Data(contentsOf: URL(fileURLWithPath: "\(daemon.home(of: user))\(file.path)"))
                #expect(data == content(seed: file.seed, bytes: file.size), "\(context): \(file) differs or is gone")
            }
            if let last = known.users.last {
                let login = try daemon.client(last).sftp(["pwd"])
                #expect(login.status == 0, "\(context): \(login)")
            }
            // What a creation that was cut off left behind stands in nobody's way.
            let again = try daemon.api.createUser(home: "/crash/again")
            #expect(try daemon.client(again).sftp(["pwd"]).status == 0)
            try daemon.api.deleteUser(again.username)
        }

        /// The bytes that the driver wrote: its xorshift, eight bytes at a time.
        private func content(seed: UInt64, bytes: Int) -> Data {
            var state = seed
            var data = Data(capacity: bytes + 8)
            while data.count < bytes {
                state ^= state << 13
                state ^= state >> 7
                state ^= state << 17
                withUnsafeBytes(of: state.littleEndian) { data.append(contentsOf: $0) }
            }
            return data.prefix(bytes)
        }
    }
}

/// A client that makes users and uploads files as fast as it can, and prints what was acknowledged.
private final class Driver {
    let log: LineLog
    let errors: LineLog
    let process: ChildProcess

    init(daemon: Daemon, round: Int) throws {
        log = try LineLog()
        errors = try LineLog()
        let nothing = open("/dev/null", O_RDONLY | O_CLOEXEC)
        defer { close(nothing) }
        let variables = [
            "BERTH_API": "127.0.0.1:\(daemon.apiPort)", "BERTH_API_KEY": daemon.apiKey,
            "BERTH_SFTP_PORT": "\(daemon.sftpPort)", "PYTHONDONTWRITEBYTECODE": "1",
        ]
        process = try ChildProcess(
            Programs.python, [Programs.script("crash_driver.py"), "\(round)"],
            environment: Command.environment(variables), input: nothing, output: log.writeEnd, error: errors.writeEnd)
        close(log.writeEnd)
        close(errors.writeEnd)
    }

    deinit { process.end() }
}
