import Glibc
import Testing

/// Files through the whole transport, byte for byte.
@Suite struct TransferTests {
    @Test(
        "files arrive as they are",
        arguments: ["aes128-gcm@openssh.com", "chacha20-poly1305@openssh.com", "aes256-ctr"], [0, 1, 40_000_000])
    func content(_ cipher: String, _ bytes: Int) throws {
        let server = try TestServer()
        let source = try server.makeFile("source", bytes: bytes)
        let result = try server.sftp(
            ["put \(source) \(server.path("up"))", "get \(server.path("up")) \(server.path("down"))"],
            options: ["-c", cipher])
        #expect(result.status == 0, "\(result.output)")
        #expect(server.sameContent(source, server.path("up")))
        #expect(server.sameContent(source, server.path("down")))
    }

    @Test(
        "new keys in the middle of a transfer change nothing",
        arguments: [
            ["-o", "RekeyLimit=64K"], ["-o", "RekeyLimit=64K", "-c", "chacha20-poly1305@openssh.com"], [],
        ], [0, 100_000])
    func rekey(_ options: [String], _ serverBytes: Int) throws {
        let server = try TestServer(["--rekey-bytes", "\(serverBytes)"])
        let source = try server.makeFile("source", bytes: 8_000_000)
        let result = try server.sftp(
            ["put \(source) \(server.path("up"))", "get \(server.path("up")) \(server.path("down"))"], options: options)
        #expect(result.status == 0, "\(result.output)")
        #expect(server.sameContent(source, server.path("up")))
        #expect(server.sameContent(source, server.path("down")))
    }

    /// OpenSSH's client says in its log how often keys were renewed.
    @Test(
        "keys are renewed by volume and by time while a file is on its way, whoever asks",
        arguments: [
            (["--rekey-seconds", "1"], []), (["--rekey-bytes", "2000000"], []), ([], ["-o", "RekeyLimit=2M"]),
            ([], ["-o", "RekeyLimit=default 1"]),
            (["--rekey-seconds", "1", "--rekey-bytes", "2000000"], ["-o", "RekeyLimit=2M 1"]),
        ], ["put", "get"])
    func renewals(_ settings: (server: [String], client: [String]), _ direction: String) throws {
        let server = try TestServer(settings.server)
        let source = try server.makeFile("source", bytes: 12_000_000)
        // 4 MB/s, so that it takes three seconds.
        let result = try server.sftp(
            ["\(direction) \(source) \(server.path("copy"))"],
            options: ["-l", "32000", "-o", "LogLevel=DEBUG1"] + settings.client)
        #expect(result.status == 0)
        #expect(server.sameContent(source, server.path("copy")))
        let lines = result.output.split(whereSeparator: \.isNewline)
        #expect(lines.count { $0.contains("SSH2_MSG_KEXINIT sent") } >= 3)
    }

    @Test("paramiko renews keys too, whoever asks", arguments: ["client", "server"], ["put", "get"])
    func paramikoRenewals(_ who: String, _ direction: String) throws {
        let server = try TestServer(who == "server" ? ["--rekey-bytes", "400000"] : [])
        let source = try server.makeFile("source", bytes: 4_000_000)
        let result = try server.client("rekey.py", who, direction, source, server.path("copy")).finish()
        #expect(result.status == 0, "\(result.output)")
        #expect(server.sameContent(source, server.path("copy")))
    }

    /// libssh before Debian's 0.10.6-0+deb12u3 takes AES-GCM packets with a wrong tag (CVE-2026-59847).
    @Test("a packet with a forged tag ends the connection", arguments: ["aes128-gcm@openssh.com", "aes256-ctr"])
    func forgedTag(_ cipher: String) throws {
        let server = try TestServer()
        let source = try server.makeFile("source", bytes: 4_000_000)
        let proxy = try server.client("flip.py")
        let port = try #require(Int(try proxy.line(beginning: "")))
        let result = try server.sftp(["put \(source) \(server.path("up"))"], port: port, options: ["-c", cipher])
        #expect(result.status != 0)
        #expect(try server.end().hasPrefix("failed"))
        #expect(!server.sameContent(source, server.path("up")))
    }

    @Test func aClientThatIsKilledLeavesNoProcessBehind() throws {
        let server = try TestServer()
        let client = try server.client("channels.py", "asks_for_much_and_reads_nothing")
        _ = try client.line(beginning: "sent")
        #expect(kill(client.pid, SIGKILL) == 0)
        #expect(try server.end().hasPrefix("clientLeft"))
    }
}
