import ServiceTestSupport
import Testing

/// Logging in with real clients and with clients that break the rules.
@Suite struct LoginTests {
    @Test("OpenSSH logs in by either method", arguments: ["password", "keyboard-interactive"])
    func method(_ method: String) throws {
        let server = try TestServer()
        let result = try server.sftp(["pwd"], options: ["-o", "PreferredAuthentications=\(method)"])
        #expect(result.status == 0, "\(result.output)")
        let name = method == "password" ? "password" : "keyboardInteractive"
        #expect(try server.process.line(beginning: "attempt ") == "\(name) partner <redacted>")
        #expect(try server.end().hasPrefix("clientLeft"))
    }

    @Test func theServerChoosesGCMWhereTheClientOffersIt() throws {
        let server = try TestServer()
        // OpenSSH 9.2 puts ChaCha20 and AES-CTR before AES-GCM.
        let result = try server.ssh(
            ["-v", "-N", "-o", "PreferredAuthentications=none", "partner@127.0.0.1"],
            options: ["-o", "LogLevel=DEBUG1"])
        #expect(result.output.contains("cipher: aes128-gcm@openssh.com"), "\(result.output)")
    }

    @Test func aClientThatOffersNoGCMGetsWhatItAsksFor() throws {
        let server = try TestServer()
        for cipher in ["aes256-ctr", "chacha20-poly1305@openssh.com"] {
            #expect(try server.sftp(["pwd"], options: ["-c", cipher]).status == 0)
        }
    }

    @Test func aWrongPasswordIsDenied() throws {
        let server = try TestServer()
        let result = try server.sftp(["pwd"], password: "wrong")
        #expect(result.status == 255)
        #expect(result.output.contains("Permission denied (keyboard-interactive,password)"), "\(result.output)")
    }

    @Test func tooManyAttemptsEndTheConnection() throws {
        let server = try TestServer(["--attempts", "3"])
        let result = try server.sftp(["pwd"], password: "wrong", options: ["-o", "NumberOfPasswordPrompts=9"])
        #expect(result.output.contains("Too many authentication failures"), "\(result.output)")
        #expect(try server.end().contains("Too many authentication failures"))
        #expect(server.process.lines.count { $0.hasPrefix("attempt") } == 3)
    }

    @Test func anAnswerCanWait() throws {
        let server = try TestServer(["--answer-delay", "700"])
        #expect(try server.sftp(["pwd"]).status == 0)
        #expect(try server.sftp(["pwd"], password: "wrong").status == 255)
    }

    @Test(arguments: [
        "none_is_denied_and_password_accepted", "other_service_ends", "request_before_service_ends",
        "other_service_in_request_is_denied", "password_change_is_denied", "password_with_nul_is_denied",
        "user_with_nul_is_denied", "odd_lengths_are_denied", "unanswered_requests_are_denied_after_a_while",
        "unknown_methods_count_as_attempts", "interactive_answer_without_question_ends",
        "interactive_with_two_answers_is_denied", "channel_before_login_ends", "success_from_the_client_ends",
        "request_after_login_ends",
    ])
    func rule(_ name: String) throws {
        let server = try TestServer()
        let result = try server.client("authentication.py", name).finish()
        #expect(result.status == 0, "\(result.output)")
    }

    @Test func onlyWellFormedAttemptsAreAskedAbout() throws {
        let server = try TestServer()
        _ = try server.client("authentication.py", "odd_lengths_are_denied").finish()
        _ = try server.client("authentication.py", "password_with_nul_is_denied").finish()
        _ = try server.client("authentication.py", "user_with_nul_is_denied").finish()
        #expect(!server.process.lines.contains { $0.hasPrefix("attempt") })
    }

    @Test func aPileOfRequestsEndsTheConnection() throws {
        let server = try TestServer(["--answer-delay", "30000"])
        let result = try server.client("authentication.py", "pile_of_requests_ends").finish()
        #expect(result.status == 0, "\(result.output)")
        #expect(try server.end().contains("too many packets"))
    }

    @Test(arguments: ["", "SSH-2.0-x\r\n", "SSH-2.0-x\r\n\0\0\u{1}\0"])
    func aClientThatDoesNotLogInEndsAtTheGraceTime(_ sent: String) throws {
        let server = try TestServer(["--grace", "1"])
        let client = try TCPConnection(port: UInt16(server.port))
        client.send(sent)
        #expect(try server.end().hasPrefix("graceTime"))
        #expect(client.readToEnd(seconds: 20) != nil)
    }

    @Test func aClientThatWaitsForTheServersOfferGetsIt() throws {
        let server = try TestServer()
        let client = try TCPConnection(port: UInt16(server.port))
        client.send("SSH-2.0-patient\r\n")
        // The identification, then a packet whose message is SSH_MSG_KEXINIT.
        var bytes: [UInt8] = []
        while bytes.count < 400, let more = client.receive(seconds: 20) { bytes += more }
        let line = try #require(bytes.firstIndex(of: UInt8(ascii: "\n")))
        #expect(bytes.count > line + 6 && bytes[line + 6] == 20)
    }

    @Test func anOfferThatArrivesInPiecesIsUnderstood() throws {
        let server = try TestServer()
        let result = try server.client("pieces.py").finish()
        #expect(result.status == 0, "\(result.output)")
    }

    @Test func anIdleClientIsEnded() throws {
        let server = try TestServer(["--idle", "1"])
        let result = try server.client("idle.py").finish()
        #expect(result.status == 0, "\(result.output)")
        #expect(try server.end().hasPrefix("idle"))
    }
}
