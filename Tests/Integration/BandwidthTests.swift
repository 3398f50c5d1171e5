import Foundation
import Glibc
import ServiceTestSupport
import Testing

extension Integration {
    /// What the sessions of one user transfer in a time.
    @Suite struct BandwidthTests {
        private static let rate = 2 << 20

        /// Bytes of the files at `paths`.
        private func bytes(_ paths: [String]) -> Int {
            paths.reduce(0) { sum, path in
                var status = stat()
                return sum + (stat(path, &status) == 0 ? Int(status.st_size) : 0)
            }
        }

        /// Lets transfers run and counts what they move in about four seconds.
        private func moved(_ paths: [String]) throws -> (bytes: Int, seconds: Double) {
            // When all of them are under way, and what was saved up is used.
            #expect(eventually(seconds: 20) { paths.allSatisfy { bytes([$0]) > Self.rate / 2 } })
            let (start, before) = (ContinuousClock.now, bytes(paths))
            #expect(eventually(seconds: 60) { bytes(paths) - before > 4 * Self.rate })
            return (bytes(paths) - before, (ContinuousClock.now - start) / .seconds(1))
        }

        @Test(arguments: ["put", "get"])
        func `two sessions of a user share its bandwidth, and requests that move nothing do not wait`(
            direction: String
        ) throws {
            let daemon = try Daemon(settings: ["BERTHD_SFTP_BYTES_PER_SECOND_PER_USER": "\(Self.rate)"])
            let user = try daemon.api.createUser(home: "/a")
            let (local, _) = try daemon.workspace.makeFile("large", bytes: 64 << 20)
            let home = daemon.home(of: user)
            if direction == "get" { try FileManager.default.copyItem(atPath: local, toPath: "\(home)/large") }
            let sessions = try (0..<2).map { _ in try daemon.client(user).open() }
            let targets = (0..<2).map { direction == "put" ? "\(home)/copy\($0)" : daemon.workspace.file("copy\($0)") }
            for (session, target) in zip(sessions, targets) {
                session.type(
                    direction == "put"
                        ? "put \(local) \(target.split(separator: "/").last ?? "")" : "get large \(target)")
            }
            let moved = try moved(targets)
            // Loose bounds: a machine that is busy is slower, and sizes move in steps of a request.
            let rate = Double(moved.bytes) / moved.seconds / Double(Self.rate)
            #expect((0.5...1.25).contains(rate), "\(rate) times the rate: \(moved)")
            let each = targets.map { Double(bytes([$0])) }.sorted()
            #expect(each[1] < 2 * each[0] + Double(Self.rate), "\(each)")

            // A third session looks at things meanwhile, and another user has its own.
            #expect(try daemon.client(user).open().answers(seconds: 5))
            let other = try daemon.api.createUser(home: "/b")
            let (small, _) = try daemon.workspace.makeFile("small", bytes: 100_000)
            #expect(try daemon.client(other).sftp(["put \(small) x"]).seconds < 5)
            // What ends a right ends it in the middle of a transfer that waits.
            #expect(try daemon.api.deleteUser(user.username).status == 204)
            let ended = eventually(seconds: 5) {
                daemon.log.lines.count {
                    $0.contains("session ended") && $0.contains("user=\(user.username)") && $0.contains("deleted")
                } >= sessions.count
            }
            #expect(ended, "\(daemon.log.text)")
        }

        @Test func `a channel waits for its turn and the others of its connection do not`() throws {
            let daemon = try Daemon(settings: ["BERTHD_SFTP_BYTES_PER_SECOND_PER_USER": "100000"])
            let user = try daemon.api.createUser(home: "/a")
            try Data(count: 4 << 20).write(to: URL(fileURLWithPath: "\(daemon.home(of: user))/large"))
            let result = try daemon.paramiko("throttled_channel.py", user)
            #expect(result.status == 0, "\(result)\n\(daemon.log.text)")
        }
    }
}
