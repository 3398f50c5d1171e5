import Foundation
import Glibc
import ServiceTestSupport
import Testing

extension Attack {
    /// Clients that break off at every stage, again and again: `scripts/bench --only soak` does it 50,000 times.
    @Suite struct LeakTests {
        @Test func `logins that are broken off at every stage leave no process, descriptor, thread or file behind`()
            throws
        {
            let daemon = try Daemon()
            let users = try (0..<4).map { try daemon.api.createUser(home: "/user-\($0)") }
            let listener = try #require(daemon.listener)
            // Threads and files that are made once are there by then.
            try breakOff(daemon, users, logins: 80)
            let before = settled(daemon, listener)
            let files = try entries(below: daemon.data + "/buckets")

            try breakOff(daemon, users, logins: 500)
            let after = settled(daemon, listener)
            #expect(after.sessions == 0, "\(after)")
            #expect(after.controlDescriptors <= before.controlDescriptors, "before: \(before), after: \(after)")
            #expect(after.listenerDescriptors <= before.listenerDescriptors, "before: \(before), after: \(after)")
            #expect(after.controlThreads <= before.controlThreads + 2, "before: \(before), after: \(after)")
            #expect(try entries(below: daemon.data + "/buckets") == files)
            #expect(daemon.listener == listener)
            #expect(try daemon.client(users[0]).sftp(["pwd"]).status == 0)
        }

        /// Eight clients at once; of eleven connections three do all that they came for.
        private func breakOff(_ daemon: Daemon, _ users: [TestUser], logins: Int) throws {
            let names = users.map { "\($0.username):\($0.password)" }.joined(separator: ",")
            let run = try Command.run(
                Programs.loadGenerator, ["soak", "\(daemon.sftpPort)", "\(logins)", "8"],
                environment: ["BERTH_LOAD_USERS": names], seconds: 120)
            #expect(run.status == 0, "\(run)\n\(daemon.log.lines.suffix(20).joined(separator: "\n"))")
        }

        /// What is held once the last session has ended.
        private func settled(_ daemon: Daemon, _ listener: pid_t) -> Holdings {
            var last = Holdings(of: daemon, listener: listener)
            // The broker closes its end of a session a moment after the session is gone: until nothing moves.
            _ = eventually(seconds: 20) {
                poll(nil, 0, 200)
                let now = Holdings(of: daemon, listener: listener)
                defer { last = now }
                return now.sessions == 0 && now == last
            }
            return last
        }

        private func entries(below directory: String) throws -> Set<String> {
            let walk = try #require(FileManager.default.enumerator(atPath: directory))
            return Set(walk.compactMap { $0 as? String })
        }
    }
}
