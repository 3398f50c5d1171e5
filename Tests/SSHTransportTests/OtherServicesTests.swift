import Foundation
import ServiceTestSupport
import Testing

/// What is no SFTP, asked for by OpenSSH's own programs: refused so that a person understands, and the session goes on.
@Suite struct OtherServicesTests {
    private let line = "This account serves SFTP only.\n"

    private func run(_ server: TestServer, _ program: String, _ arguments: [String]) throws -> (
        status: Int32, output: String
    ) {
        try server.program([program] + TestServer.openSSHOptions + arguments).finish()
    }

    @Test func scpCopiesInItsSFTPMode() throws {
        let server = try TestServer()
        let source = try server.makeFile("source", bytes: 300_000)
        let options = ["-P", "\(server.port)"]
        let up = try run(server, "scp", options + [source, "partner@127.0.0.1:\(server.path("up"))"])
        #expect(up.status == 0, "\(up.output)")
        let down = try run(server, "scp", options + ["partner@127.0.0.1:\(server.path("up"))", server.path("down")])
        #expect(down.status == 0, "\(down.output)")
        #expect(server.sameContent(source, server.path("down")))
    }

    @Test("scp as it was before is told what to do", arguments: [true, false])
    func oldCopy(_ isUpload: Bool) throws {
        let server = try TestServer()
        let source = try server.makeFile("source", bytes: 10)
        let remote = "partner@127.0.0.1:\(server.path("copy"))"
        let result = try run(
            server, "scp", ["-O", "-P", "\(server.port)"] + (isUpload ? [source, remote] : [remote, source]))
        #expect(result.status == 1)
        #expect(result.output.hasPrefix("This account serves SFTP only: use sftp, or scp without -O"), "\(result)")
        #expect(!FileManager.default.fileExists(atPath: server.path("copy")))
    }

    @Test func whatACommandPrintsIsOnStandardError() throws {
        let server = try TestServer()
        let shell =
            "ssh -p \(server.port) \(TestServer.openSSHOptions.joined(separator: " ")) partner@127.0.0.1 id 2>/dev/null"
        let result = try server.program(["sh", "-c", shell]).finish()
        #expect(result.status == 1 && result.output.isEmpty, "\(result)")
    }

    @Test func x11AndAgentAreRefusedAndTheRestGoesOn() throws {
        let server = try TestServer()
        let x11 = try server.ssh(
            ["-X", "partner@127.0.0.1", "id"], options: ["-o", "LogLevel=INFO"], environment: ["DISPLAY": ":99"])
        #expect(x11.output.contains("X11 forwarding request failed"), "\(x11.output)")
        #expect(x11.status == 1 && x11.output.hasSuffix(line))
        // An agent is there only if this test has one: the request is sent to a socket's name alone.
        let agent = try server.ssh(
            ["-A", "partner@127.0.0.1", "id"], environment: ["SSH_AUTH_SOCK": server.path("agent")])
        #expect(agent.status == 1 && agent.output == line)
    }

    @Test func forwardingFromTheServerIsRefused() throws {
        let server = try TestServer()
        let fatal = try server.ssh(
            ["-N", "-o", "ExitOnForwardFailure=yes", "-R", "0:127.0.0.1:22", "partner@127.0.0.1"])
        #expect(fatal.status == 255 && fatal.output.contains("remote port forwarding failed"), "\(fatal.output)")
        // Without that option the client goes on, and so does the session.
        let mild = try server.ssh(["-R", "4567:127.0.0.1:22", "partner@127.0.0.1"])
        #expect(mild.status == 1 && mild.output.contains(line))
    }

    @Test func forwardingToTheServersSideIsRefused() throws {
        let server = try TestServer()
        let result = try server.ssh(["-W", "127.0.0.1:22", "partner@127.0.0.1"])
        #expect(result.status == 255 && result.output.contains("stdio forwarding failed"), "\(result.output)")
    }

    /// One connection, shared by several programs: transfers at once, with everything that is refused in between.
    @Test("forwardings that are used are refused, and channels beside them go on", arguments: ["-L", "-D"])
    func oneConnection(_ kind: String) throws {
        let server = try TestServer()
        let source = try server.makeFile("source", bytes: 20_000_000)
        let forwarded = try freePort()
        let destination = kind == "-L" ? "127.0.0.1:\(forwarded):127.0.0.1:22" : "127.0.0.1:\(forwarded)"
        // The path of a socket has to be short.
        let control = "/tmp/berth-\(UUID().uuidString.prefix(8))"
        defer { try? FileManager.default.removeItem(atPath: control) }
        // ssh closes all descriptors, by which Foundation takes a process to be over, and then waits for it and for no
        // other: so it gets a shell around it.
        let master = try server.program(
            ["sh", "-c", "ssh \"$@\"; exit", "sh"] + TestServer.openSSHOptions
                + ["-v", "-M", "-S", control, "-N", kind, destination, "-p", "\(server.port)", "partner@127.0.0.1"])
        _ = try master.line(beginning: "debug1: Local connections to ")
        _ = try master.line(beginning: "debug1: Entering interactive session.")
        let options = ["-o", "ControlPath=\(control)"]
        let transfers = try (0..<4).map { number in
            try server.program(
                ["sftp"] + options + TestServer.openSSHOptions + [
                    "-P", "\(server.port)", "-b", "-", "partner@127.0.0.1",
                ],
                input: "put \(source) \(server.path("up\(number)"))\nget \(server.path("up\(number)")) "
                    + "\(server.path("down\(number)"))\n")
        }
        for _ in 0..<3 {
            // SOCKS 5 without authentication, CONNECT 127.0.0.1:22.
            let request = kind == "-L" ? "" : "\u{5}\u{1}\u{0}\u{5}\u{1}\u{0}\u{1}\u{7f}\u{0}\u{0}\u{1}\u{0}\u{16}"
            let client = try TCPConnection(port: UInt16(forwarded))
            client.send(request)
            while client.receive(seconds: 20) != nil {}
        }
        let refused = try server.ssh(["partner@127.0.0.1", "id"], options: options)
        #expect(refused.status == 1 && refused.output == line, "\(refused)")
        for (number, transfer) in transfers.enumerated() {
            let result = try transfer.finish()
            #expect(result.status == 0, "\(result.output)")
            #expect(server.sameContent(source, server.path("down\(number)")))
        }
        _ = try server.program(["ssh", "-S", control, "-O", "exit", "partner@127.0.0.1"]).finish()
        let log = try master.finish().output
        #expect(log.contains("open failed: "), "\(log)")
        _ = try server.end()
        #expect(server.process.lines.count { $0.hasPrefix("attempt") } == 1)
    }

    private func freePort() throws -> Int {
        let result = try TestProcess(
            [
                "/usr/bin/python3", "-c",
                "import socket; s = socket.create_server((\"127.0.0.1\", 0)); print(s.getsockname()[1])",
            ],
            input: ""
        ).finish()
        return try #require(Int(result.output.prefix { $0.isNumber }))
    }
}
