import Foundation
import Glibc
import SFTPProtocol
import SFTPService
import SFTPTestSupport
import ServiceTestSupport
import Synchronization
import Testing

extension Attack {
    @Suite(.serialized) struct RaceTests {
        /// `BERTH_RACE_SECONDS` makes it longer.
        private static let seconds = Double(TestSeed.number("BERTH_RACE_SECONDS", default: 60))

        /// Every request that takes a path, for a minute, through the daemon and by openat2 alone. A third of that with
        /// `sftp.fsync: close`: then parents are opened for reading, and opened again where they can't be synced.
        @Test(arguments: [("never", SFTPOptions.Durability.never, 2.0 / 3), ("close", .close, 1.0 / 3)])
        func `a directory or file that is swapped for a link in a loop is never followed out of the home`(
            fsync: String, durability: SFTPOptions.Durability, share: Double
        ) throws {
            let daemon = try Daemon(settings: ["BERTHD_SFTP_FSYNC": fsync])
            let user = try daemon.api.createUser(home: "/race"), outer = try daemon.api.createUser(home: "/")
            let place = daemon.workspace
            let canary = try Canary(at: place.file("outside"), files: ["file", "canary-only"])
            let moved = try Canary(at: place.file("elsewhere"), files: ["file"], directoryChanges: true)
            let ground = try RaceGround(home: daemon.home(of: user), outside: canary.path, elsewhere: moved.path)
            let deadline = Date(timeIntervalSinceNow: Self.seconds * share)
            let renamer = try SFTPOverSSH(daemon.client(outer))
            let renames = Worker {
                var count = 0
                while Date() < deadline { count += try Self.swapBySession(renamer) }
                return (RaceTally(), count)
            }
            let first = RaceGround.paths, second = ["/session/file", "/session/empty/../file"]
            let daemonWorkers = try [first, second + first, second].enumerated().map { number, paths in
                let session = try SFTPOverSSH(daemon.client(user))
                return Worker { try Self.attack(paths, number, until: deadline, session.send(all:)) }
            }
            let alone = try [first, second].enumerated().map { number, paths in
                let session = try InProcessSFTP(home: ground.home, durability: durability)
                return Worker { try Self.attack(paths, 100 + number, until: deadline, session.send(all:)) }
            }
            let (throughDaemon, byOpenat2) = (try Self.sum(daemonWorkers), try Self.sum(alone))
            let sessionSwaps = try renames.wait().1
            ground.end()
            print(
                "Races, fsync \(fsync): \(throughDaemon.count) requests to the daemon, \(byOpenat2.count) by openat2 alone, "
                    + "\(ground.swaps) swaps by the host, \(sessionSwaps) by a session")
            for (name, tally) in [("daemon", throughDaemon), ("openat2", byOpenat2)] {
                #expect(tally.leaks == [], "\(name)")
                for (request, answers) in tally.answers.sorted(by: { $0.key < $1.key }) {
                    guard !Self.ofHandles.contains(request) else { continue }
                    // A directory was there, or a link that leads nowhere in the home.
                    #expect(answers.something > 0 && answers.nothing > 0, "\(request) met no race")
                }
            }
            #expect(ground.swaps > 100 && sessionSwaps > 100)
            #expect(canary.harm() == [])
            #expect(moved.harm() == [])
            #expect(daemon.process.isRunning)
        }

        /// The same swapping against who looks first and opens then: it wins within moments.
        @Test func `a server that checks the path and then opens it loses the race`() throws {
            let place = try Workspace()
            try FileManager.default.createDirectory(atPath: place.file("home"), withIntermediateDirectories: true)
            let canary = try Canary(at: place.file("outside"), files: ["file"])
            let ground = try RaceGround(
                home: place.file("home"), outside: canary.path, elsewhere: place.file("elsewhere"))
            defer { ground.end() }
            let won = eventually(seconds: 60) { (0..<1_000).contains { _ in Self.naiveRead(ground.home) } }
            #expect(won, "the race can't be won: the other test shows nothing")
            #expect(canary.harm() != [])
        }

        private static func naiveRead(_ home: String) -> Bool {
            var found = stat()
            guard lstat("\(home)/absolute", &found) == 0, found.st_mode & S_IFMT == S_IFDIR else { return false }
            let descriptor = open("\(home)/absolute/file", O_RDONLY)
            guard descriptor >= 0 else { return false }
            defer { close(descriptor) }
            var bytes = [UInt8](repeating: 0, count: 6)
            return read(descriptor, &bytes, bytes.count) == 6 && bytes == "CANARY".bytes
        }

        private static let ofHandles: Set = ["READ", "READDIR", "WRITE", "FSTAT", "CLOSE", "copy-data"]

        private static func attack(
            _ paths: [String], _ number: Int, until deadline: Date, _ send: ([[UInt8]]) throws -> [ParsedReply]
        ) throws -> (RaceTally, Int) {
            let copy = Packet.open("/copy\(number)".bytes, [.read, .write, .create])
            let handle = try send([copy]).first?.string ?? []
            var tally = RaceTally()
            var id = number * 1_000_000
            while Date() < deadline {
                for directory in ["/absolute", "/relative", "/session"] {
                    try tally.look(directory, copy: handle, send)
                }
                for path in paths {
                    try tally.attack(path, id, copy: handle, send)
                    id += 1
                }
                // What the requests left behind under names of their own.
                try tidy(send)
            }
            return (tally, 0)
        }

        /// Removes what was renamed or linked to the root, and brings back what "RENAME to it" takes away.
        private static func tidy(_ send: ([[UInt8]]) throws -> [ParsedReply]) throws {
            guard let handle = try send([Packet.paths(.opendir, "/".bytes)]).first?.string else { return }
            var names: [[UInt8]] = []
            while let more = try send([Packet.handle(.readdir, handle)]).first?.names { names += more.map(\.name) }
            let left = names.filter { name in ["hard", "moved", "posix"].contains { name.starts(with: $0.utf8) } }
            let spare = RequestOnPath.extended("hardlink@openssh.com", "/in/file", "/in/spare")
            _ = try send(left.map { Packet.paths(.remove, "/".bytes + $0) } + [Packet.handle(.close, handle), spare])
        }

        /// A user with an outer home swaps by renaming: directory away, link to its place, and back.
        private static func swapBySession(_ session: SFTPOverSSH) throws -> Int {
            let steps = [("", "-away"), ("-link", ""), ("", "-link"), ("-away", "")]
            let packets = steps.map { from, to in
                RequestOnPath.extended("posix-rename@openssh.com", "/race/session\(from)", "/race/session\(to)")
            }
            return try session.send(all: packets).count { $0.status == .ok } / 2
        }

        private static func sum(_ workers: [Worker]) throws -> RaceTally {
            var sum = RaceTally()
            for worker in workers { sum.add(try worker.wait().0) }
            return sum
        }
    }
}

/// Something that runs on a thread of its own and ends with a result.
private final class Worker: @unchecked Sendable {
    private let done = DispatchSemaphore(value: 0)
    private var result: Result<(RaceTally, Int), any Error>?

    init(_ body: @escaping () throws -> (RaceTally, Int)) {
        nonisolated(unsafe) let body = body
        Thread.detachNewThread { [self] in
            result = Result { try body() }
            done.signal()
        }
    }

    func wait() throws -> (RaceTally, Int) {
        done.wait()
        done.signal()
        return try result?.get() ?? (RaceTally(), 0)
    }
}
