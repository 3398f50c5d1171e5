import Foundation
import Glibc
import ServiceTestSupport
import Testing

extension Attack {
    /// A flood of the management API's port: half requests, heads without end, slow bodies, answers that nobody reads, a
    /// connection with a handshake for each request, questions for the health sent ahead, bytes that are no TLS. Partners on
    /// the other port must not notice, and an operator gets in.
    ///
    /// The flood takes only processor time that nobody else wants, since in an attack it is made elsewhere: what a partner
    /// may notice is what `berthd` does for it.
    @Suite struct HTTPFloodTests {
        /// The flood wants more places than there are.
        private static let connections = 600
        private static let limit = 400

        @Test(arguments: ["plain", "tls"])
        func `a flood of the API disturbs no partner, stays within bounds, and keeps no operator out`(kind: String)
            throws
        {
            let place = try Workspace()
            // The limits are those of an installation, but for the number of connections.
            var settings = [
                "BERTHD_API_REQUESTS_PER_SECOND_PER_ADDRESS": "", "BERTHD_API_REQUESTS_PER_SECOND_PER_KEY": "",
                "BERTHD_API_MAX_CONNECTIONS": "\(Self.limit)", "BERTHD_API_REQUEST_SECONDS": "3",
                "BERTHD_API_IDLE_SECONDS": "5",
            ]
            if kind == "tls" {
                settings.merge(try TestCertificate("served", in: place).settings) { $1 }
            }
            let daemon = try Daemon(settings: settings)
            let user = try daemon.api.createUser(home: "/a")
            let partner = FloodedPartner(daemon: daemon, user: user)
            let listener = try #require(daemon.listener)
            let (local, data) = try daemon.workspace.makeFile("file", bytes: 3_000_000)
            let quiet = try partner.logins(seconds: 8)
            #expect(quiet.allSatisfy { $0.hasPrefix("login ") }, "\(quiet)")
            #expect(eventually(seconds: 10) { ProcessTable.children(of: listener).isEmpty })
            let before = Holdings(of: daemon, listener: listener)

            let flood = try HTTPFlood(port: daemon.apiPort, connections: Self.connections, sources: 200, kind: kind)
            let flooded = try partner.logins(seconds: 8)
            #expect(flooded.allSatisfy { $0.hasPrefix("login ") }, "\(flooded)")
            #expect(flooded.count * 2 >= quiet.count, "\(flooded.count) logins, \(quiet.count) without the flood")
            for round in 0..<3 {
                try partner.transfer(local, data, round: round)
                let during = Holdings(of: daemon, listener: listener)
                // Those that are refused, and those that are just being closed, have a descriptor for a moment.
                #expect(during.controlDescriptors < before.controlDescriptors + Self.limit + 200, "\(during)")
            }
            // The first may find the queue of the port full.
            let users = 5
            for number in 0..<users {
                let isMade = eventually(seconds: 30) { (try? daemon.api.createUser(home: "/during/\(number)")) != nil }
                #expect(isMade, "no user could be made")
            }
            let most = try #require(ProcessTable.memory(daemon.process.pid, "VmHWM"))
            #expect(most < 384 << 20, "\(most) bytes")
            let counts = try flood.end()
            #expect((counts["connected"] ?? 0) >= Double(Self.connections), "\(counts)")
            let none = kind == "tls" ? ["failed"] : ["failed", "handshakes"]
            #expect(counts.count == 20 && counts.allSatisfy { none.contains($0.key) || $0.value > 0 }, "\(counts)")

            let isAsBefore = eventually(seconds: 30) {
                Holdings(of: daemon, listener: listener).controlSockets <= before.controlSockets + 2
            }
            #expect(isAsBefore, "before: \(before), after: \(Holdings(of: daemon, listener: listener))")
            #expect(try daemon.api.allUsers().count == 1 + users)
            #expect(daemon.listener == listener && !daemon.log.text.contains(" error "), "\(daemon.log.text)")
            // What is refused is said, and not once for each.
            #expect(daemon.log.lines.count { $0.contains("setting=api.") } < 20, "\(daemon.log.text)")
            print(
                "HTTP flood over \(kind): \(counts), \(flooded.count) logins (\(quiet.count) without), \(most >> 20) MiB"
            )
        }
    }
}

/// Tests/Attack/Clients/http_flood.py.
private final class HTTPFlood {
    private let process: ChildProcess
    private let output: LineLog
    private var input: Int32?

    init(port: UInt16, connections: Int, sources: Int, kind: String) throws {
        let script = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Clients/http_flood.py").path
        let pipe = try Descriptors.pipe()
        input = pipe.write
        output = try LineLog()
        process = try ChildProcess(
            Programs.python, ["-B", script, "\(port)", "\(connections)", "\(sources)", kind],
            environment: Command.environment(), input: pipe.read, output: output.writeEnd, error: output.writeEnd)
        close(pipe.read)
        close(output.writeEnd)
        guard output.waitForLine(containing: "flooding") != nil else {
            throw Daemon.NotReady(description: "no flood: \(output.text)")
        }
    }

    deinit {
        if let input { close(input) }
        process.end()
    }

    /// Ends it; what it counted.
    func end() throws -> [String: Double] {
        if let input { close(input) }
        input = nil
        output.waitUntilComplete(seconds: 10)
        return try JSONSerialization.jsonObject(with: Data((output.lines.last ?? "").utf8)) as? [String: Double] ?? [:]
    }
}
