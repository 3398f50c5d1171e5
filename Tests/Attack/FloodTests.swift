import Foundation
import Glibc
import ServiceTestSupport
import Testing

extension Attack {
    /// A flood, small enough for each run of the tests: `scripts/bench --only flood` is the large one, with figures.
    @Suite struct FloodTests {
        private static let unauthenticatedLimit = 50

        @Test func `a flood keeps no partner out who logged in before, stays within bounds, and leaves nothing behind`()
            throws
        {
            let daemon = try Daemon(settings: [
                "BERTHD_SFTP_TRUSTED_NETWORKS": "", "BERTHD_SFTP_MAX_UNAUTHENTICATED": "\(Self.unauthenticatedLimit)",
            ])
            let user = try daemon.api.createUser(home: "/a")
            let partner = FloodedPartner(daemon: daemon, user: user)
            let listener = try #require(daemon.listener)
            let (local, data) = try daemon.workspace.makeFile("file", bytes: 3_000_000)
            #expect(try partner.logins(seconds: 1).allSatisfy { $0.hasPrefix("login ") })
            #expect(eventually(seconds: 10) { ProcessTable.children(of: listener).isEmpty })
            let before = Holdings(of: daemon, listener: listener)

            let flood = try Flood(
                port: daemon.sftpPort, halfOpen: 300 + Self.unauthenticatedLimit, guessesPerSecond: 20, sources: 100,
                pause: 1, names: [user.username, "NOBODY00"])
            let logins = try partner.logins(seconds: 8)
            #expect(logins.count > 3 && logins.allSatisfy { $0.hasPrefix("login ") }, "\(logins)")
            for round in 0..<3 {
                try partner.transfer(local, data, round: round)
                let during = Holdings(of: daemon, listener: listener)
                // Those that made room for others may not be gone yet.
                #expect(during.sessions <= 2 * Self.unauthenticatedLimit, "\(during)")
            }
            let counts = try flood.end()
            #expect((counts["connected"] ?? 0) >= 300 && counts["admitted"] == 0, "\(counts)")
            // What it costs is bounded: sessions for strangers start at a pace (`EntryPace`), with a burst at first.
            let begun = (counts["greeted"] ?? 0) + (counts["answered"] ?? 0) + (counts["guesses_cut"] ?? 0)
            #expect(begun <= 100 + 72 * (counts["seconds"] ?? 0) + 20, "\(counts)")

            #expect(eventually(seconds: 20) { ProcessTable.children(of: listener).isEmpty })
            let isAsBefore = eventually(seconds: 10) {
                let now = Holdings(of: daemon, listener: listener)
                return now.controlDescriptors <= before.controlDescriptors
                    && now.listenerDescriptors <= before.listenerDescriptors
            }
            #expect(isAsBefore, "before: \(before), after: \(Holdings(of: daemon, listener: listener))")
            #expect(daemon.listener == listener)
            #expect(!daemon.log.text.contains("session died"), "\(daemon.log.text)")
        }
    }
}
