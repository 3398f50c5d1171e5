import Foundation
import Glibc
import ServiceTestSupport
import Testing

/// What the kernel says of a process (proc(5): status and limits).
private struct KernelView {
    private let status: [String: String]
    private let limits: [String: String]

    init(of pid: pid_t) throws {
        func lines(_ file: String) throws -> [Substring] {
            try String(contentsOfFile: "/proc/\(pid)/\(file)", encoding: .utf8).split(separator: "\n")
        }
        status = try lines("status").reduce(into: [:]) { status, line in
            let parts = line.split(separator: ":", maxSplits: 1)
            status[String(parts[0])] = parts.last?.trimmingCharacters(in: .whitespaces)
        }
        // The name takes 26 columns, then come the limit and what it could be raised to.
        limits = try lines("limits").reduce(into: [:]) { limits, line in
            let values = line.dropFirst(26).split(separator: " ").prefix(2)
            limits[line.prefix(26).trimmingCharacters(in: .whitespaces)] = values.joined(separator: " ")
        }
    }

    func number(_ name: String) -> Int? { status[name].flatMap { Int($0) } }

    /// Each of the sets of capabilities that a process could use or get.
    var capabilities: [UInt64?] {
        ["CapInh", "CapPrm", "CapEff", "CapAmb"].map { status[$0].flatMap { UInt64($0, radix: 16) } }
    }

    /// A limit that can't be raised; nil where it could be, or where there is none.
    func limit(_ name: String) -> Int? {
        let values = (limits[name] ?? "").split(separator: " ").map { Int($0) }
        return values.count == 2 && values[0] == values[1] ? values[0] : nil
    }
}

extension Attack {
    /// What a session is left with, asked of the kernel from outside: no layer hides there that another one is missing.
    @Suite struct SessionStateTests {
        @Test func `a session has no capability, no way to get one, its filters, and limits that nothing raises`()
            throws
        {
            let daemon = try Daemon(settings: ["BERTHD_SANDBOX": "strict"])
            let user = try daemon.api.createUser(home: "/a")
            let watch = try #require(daemon.watch)
            let (connection, stranger) = try watch.session {
                let connection = try TCPConnection(port: daemon.sftpPort)
                #expect(eventually(seconds: 10) { watch.sessions.count == 1 })
                return connection
            }
            let outside = try KernelView(of: watch.pid).number("Seccomp_filters") ?? 0
            let before = try #require(stranger)
            // Confined before the first byte is read.
            #expect(
                try eventually(seconds: 10) { (try KernelView(of: before).number("Seccomp_filters") ?? 0) > outside })
            let (client, session) = try watch.session { try SFTPOverSSH(daemon.client(user)) }
            let after = try #require(session)
            for process in [before, after] {
                let view = try KernelView(of: process)
                #expect(view.capabilities == [0, 0, 0, 0])
                #expect(view.number("NoNewPrivs") == 1)
                #expect(view.number("Seccomp") == 2, "a filter")
                #expect(view.number("Threads") == 1)
                #expect(view.limit("Max core file size") == 0)
                #expect(view.limit("Max processes") == 0)
                #expect((view.limit("Max address space") ?? .max) <= 256 << 20)
                #expect((view.limit("Max open files") ?? .max) <= 2_200)
            }
            withExtendedLifetime((connection, client)) {}
        }
    }
}
