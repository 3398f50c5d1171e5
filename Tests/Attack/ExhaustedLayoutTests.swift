import Foundation
import Glibc
import ServiceTestSupport
import Testing

extension Attack {
    /// Whoever can make sessions die guesses at the address layout that all of them have, once for each death.
    @Suite struct ExhaustedLayoutTests {
        @Test func `after many faults nobody is served under that layout, and who waited meanwhile is under the next`()
            throws
        {
            let clients = 500
            let faults = 16
            let daemon = try Daemon(settings: [
                "BERTHD_LOG_LEVEL": "debug", "BERTHD_SFTP_TRUSTED_NETWORKS": "",
                "BERTHD_SFTP_MAX_UNAUTHENTICATED": "1000", "BERTHD_SFTP_MAX_SESSIONS": "2000",
            ])
            let watch = try #require(daemon.watch)
            // The first fault is acted on at once; the next layout then has five seconds.
            let (first, session) = try watch.session {
                let connection = try TCPConnection(port: daemon.sftpPort, from: "127.9.0.1")
                #expect(connection.receive(seconds: 5) != nil)
                return connection
            }
            kill(try #require(session), SIGSEGV)
            #expect(watch.waitForTakeover(), "\(daemon.log.text)")

            // More than are served at once: the others wait, each with a descriptor of the listener's.
            let before = watch.descriptorCount
            let connections = try (0..<clients).map {
                try TCPConnection(port: daemon.sftpPort, from: "127.10.\($0 / 250).\($0 % 250 + 1)")
            }
            try #require(eventually(seconds: 4) { watch.descriptorCount >= before + 300 }, "too few wait")
            for session in watch.sessions.prefix(faults) { kill(session, SIGSEGV) }
            #expect(daemon.log.waitForLine { $0.contains("many sessions died by faults") } != nil, "\(daemon.log.text)")
            try #require(watch.takeovers == 1, "it took so long that the layout was another before it was exhausted")
            #expect(watch.waitForTakeover(number: 2), "\(daemon.log.text)")
            let lines = daemon.log.lines
            let died = try #require(lines.firstIndex { $0.contains("many sessions died by faults") })
            let took = try #require(lines.lastIndex { $0.contains(" took over ") })
            try #require(died < took)
            let served = lines[died..<took].count { $0.contains("connection accepted") }
            #expect(served == 0, "sessions were started under a layout that is given up")
            // None was lost but those that died.
            let limit = Date() + 20
            let greeted = connections.count { connection in
                let bytes = connection.receive(seconds: max(0, limit.timeIntervalSinceNow))
                return bytes?.starts(with: Array("SSH-2.0-".utf8)) == true
            }
            #expect(greeted >= clients - faults, "\(greeted)")
            withExtendedLifetime(first) {}
        }
    }
}
