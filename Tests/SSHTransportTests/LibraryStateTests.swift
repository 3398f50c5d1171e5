import CLibSSH
import Foundation
import Glibc
import ServiceTestSupport
import Testing

@testable import SSHTransport

/// A connection that libssh takes for one that has logged in, while nobody has granted it anything: what came of
/// SSH_MSG_USERAUTH_SUCCESS from a client (CVE-2018-10933), and what serves channels before the login (Erlang's
/// CVE-2025-32433) comes to as well.
private final class DeceivedLibrary: SSHConnectionDelegate {
    private(set) var wasDeceived = false
    private(set) var wasServed = false

    func connection(_ connection: SSHConnection, attempted attempt: AuthenticationAttempt) {
        guard let message = connection.authentication.pending else { return }
        wasDeceived = ssh_message_auth_reply_success(message, 0) == SSH_OK
        ssh_set_server_callbacks(connection.library.session, connection.library.serverCallbacks)
    }

    func openSFTP(_ connection: SSHConnection) -> (any ChannelService)? {
        wasServed = true
        return nil
    }

    func connection(_ connection: SSHConnection, identifiedAs identification: [UInt8]) {}
    func controlBecameReadable(_ connection: SSHConnection) {}
    func turn(_ connection: SSHConnection) -> Int? { nil }
    func armWatchdog(_ connection: SSHConnection, seconds: UInt32) {}
    func abandon(_ connection: SSHConnection, because end: ConnectionEnd) -> Never { fatalError("\(end)") }
}

/// What libssh takes for the state of a login decides nothing.
@Suite struct LibraryStateTests {
    @Test func noChannelOpensThatNobodyGranted() throws {
        let place = try Workspace()
        let made = try TestProcess(
            ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", place.file("ssh_host_ed25519_key")], input: ""
        ).finish()
        #expect(made.status == 0, "\(made.output)")
        let server = try SSHServer(
            options: .init(), hostKeys: try HostKeySet(directory: HostKeyDirectory(path: place.path)))
        let listening = socket(AF_INET, CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue), 0)
        defer { close(listening) }
        var address = TCPConnection.loopback(port: 0)
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isListening = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listening, $0, length) == 0 && listen(listening, 1) == 0
                    && getsockname(listening, $0, &length) == 0
            }
        }
        try #require(isListening)
        let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent().path + "/Clients/channels.py"
        let client = try TestProcess(
            [
                "/usr/bin/python3", "-B", "-W", "ignore", script, "\(UInt16(bigEndian: address.sin_port))",
                "no_channel_opens",
            ])
        var limits = ConnectionLimits()
        limits.loginGraceSeconds = 20
        let delegate = DeceivedLibrary()
        let connection = try SSHConnection(
            descriptor: accept(listening, nil, nil), control: -1, server: server, limits: limits, delegate: delegate)
        _ = connection.run()
        let result = try client.finish()
        #expect(result.status == 0, "\(result.output)")
        #expect(delegate.wasDeceived && !delegate.wasServed && connection.channels.isEmpty)
    }
}
