import Testing

/// What is agreed with real clients, and what is said about those with whom nothing is.
@Suite struct AlgorithmTests {
    @Test(
        "what is only there for a few clients can be agreed too",
        arguments: [
            "ecdh-sha2-nistp256", "ecdh-sha2-nistp384", "ecdh-sha2-nistp521", "diffie-hellman-group14-sha256",
            "diffie-hellman-group16-sha512", "diffie-hellman-group18-sha512",
        ])
    func modern(_ method: String) throws {
        let server = try TestServer()
        let result = try server.sftp(["pwd"], options: ["-o", "KexAlgorithms=\(method)"])
        #expect(result.status == 0, "\(result.output)")
    }

    @Test(
        "old algorithms are agreed where they are offered, and named",
        arguments: [
            (["KexAlgorithms=diffie-hellman-group14-sha1"], "diffie-hellman-group14-sha1"),
            (["KexAlgorithms=diffie-hellman-group1-sha1"], "diffie-hellman-group1-sha1"),
            (["Ciphers=aes256-cbc"], "aes256-cbc"), (["Ciphers=aes192-cbc"], "aes192-cbc"),
            (["Ciphers=aes128-cbc"], "aes128-cbc"), (["Ciphers=3des-cbc"], "3des-cbc"),
            (["HostKeyAlgorithms=ssh-rsa"], "ssh-rsa"),
            (["Ciphers=aes128-ctr", "MACs=hmac-sha1"], "hmac-sha1"),
            (["Ciphers=aes128-ctr", "MACs=hmac-sha1-etm@openssh.com"], "hmac-sha1-etm@openssh.com"),
            (
                [
                    "KexAlgorithms=diffie-hellman-group1-sha1", "HostKeyAlgorithms=ssh-rsa", "Ciphers=3des-cbc",
                    "MACs=hmac-sha1",
                ], "diffie-hellman-group1-sha1 ssh-rsa 3des-cbc hmac-sha1"
            ),
        ])
    func legacy(_ options: [String], _ weak: String) throws {
        let server = try TestServer(["--policy", "legacy"])
        let source = try server.makeFile("source", bytes: 200_000)
        let result = try server.sftp(
            ["put \(source) \(server.path("up"))"], options: options.flatMap { ["-o", $0] })
        #expect(result.status == 0, "\(result.output)")
        #expect(server.sameContent(source, server.path("up")))
        #expect(try server.process.line(beginning: "weak ") == weak)

        let modern = try TestServer()
        #expect(try modern.sftp(["pwd"], options: options.flatMap { ["-o", $0] }).status != 0)
        #expect(try modern.end().hasPrefix("noCommonAlgorithm legacy=true"))
    }

    @Test func theStrongestIsAgreedWhateverTheClientsOrderIs() throws {
        let server = try TestServer(["--policy", "legacy"])
        let result = try server.sftp(
            ["pwd"],
            options: [
                "-o", "KexAlgorithms=diffie-hellman-group1-sha1,curve25519-sha256", "-o",
                "HostKeyAlgorithms=ssh-rsa,rsa-sha2-256", "-o", "Ciphers=3des-cbc,aes128-ctr", "-o",
                "MACs=hmac-sha1,hmac-sha2-256",
            ])
        #expect(result.status == 0, "\(result.output)")
        _ = try server.end()
        #expect(!server.process.lines.contains { $0.hasPrefix("weak") })
    }

    @Test(arguments: ["weak_after_login_is_refused", "renewing_goes_on_with_weak_algorithms"])
    func rule(_ name: String) throws {
        let server = try TestServer(["--policy", "legacy"])
        let result = try server.client("algorithms.py", name).finish()
        #expect(result.status == 0, "\(result.output)")
    }

    @Test(
        "who is refused is known with what it offered, however it came",
        arguments: [
            ("old_offer_at_once", "old", "true"), ("old_offer_after_the_servers", "patient", "true"),
            ("old_offer_behind_an_ignore", "noisy", "unknown"),
        ])
    func refusal(_ script: String, _ name: String, _ legacy: String) throws {
        let server = try TestServer()
        let result = try server.client("algorithms.py", script).finish()
        #expect(result.status == 0, "\(result.output)")
        let end = try server.end()
        #expect(end.hasPrefix("noCommonAlgorithm legacy=\(legacy) key exchange: diffie-hellman-group1-sha1 "), "\(end)")
        #expect(server.process.lines.contains("identified SSH-2.0-\(name)"))
    }

    @Test func nothingAdmitsAClientThatNeedsWhatNobodyHas() throws {
        let server = try TestServer()
        _ = try server.client("algorithms.py", "endless_lists").finish()
        let end = try server.end()
        #expect(end.hasPrefix("noCommonAlgorithm legacy=false key exchange: x0"), "\(end)")
        #expect(end.utf8.count < 1_500)
    }

    /// A client with an RSA key signs with SHA-2 only when it is told that it may (RFC 8308, RFC 8332).
    @Test func theClientIsToldWhatItsKeyMaySignWith() throws {
        let server = try TestServer()
        let result = try server.ssh(
            ["-v", "-N", "-o", "PreferredAuthentications=none", "partner@127.0.0.1"],
            options: ["-o", "LogLevel=DEBUG1"])
        let line = try #require(
            result.output.split(whereSeparator: \.isNewline).first { $0.contains("server-sig-algs=<") })
        let names = try #require(line.split(separator: "<").last?.split(separator: ">").first).split(separator: ",")
        #expect(Set(names).isSuperset(of: ["ssh-ed25519", "rsa-sha2-512", "rsa-sha2-256", "ecdsa-sha2-nistp256"]))
        #expect(!names.contains("ssh-rsa"))
    }

    @Test func theBannerIsShownBeforeLogin() throws {
        let server = try TestServer(["--banner", "Authorised partners only.\nAll access is logged."])
        let wrong = try server.ssh(["partner@127.0.0.1"], password: "wrong", options: ["-o", "LogLevel=INFO"])
        #expect(wrong.output.contains("Authorised partners only.\r\nAll access is logged.\r\n"), "\(wrong.output)")
        let right = try server.sftp(["pwd"], options: ["-o", "LogLevel=INFO"])
        #expect(right.status == 0 && right.output.contains("Authorised partners only."))
    }

    /// The whole of the policy is looked at: to a client that shares better ones, the others are not even offered.
    @Test func sshAuditFailsTheCurvesAlone() throws {
        let server = try TestServer(["--offer-wait", "0"])
        let result = try TestProcess(["ssh-audit", "-n", "-p", "\(server.port)", "127.0.0.1"], input: "").finish()
        let lines = result.output.split(separator: "\n")
        for name in ["aes128-ctr", "chacha20-poly1305@openssh.com", "hmac-sha2-512", "curve25519-sha256"] {
            #expect(lines.contains { $0.contains(") \(name) ") }, "not looked at: \(name)")
        }
        let failed = lines.filter { $0.contains("[fail]") }
        #expect(!failed.isEmpty)
        #expect(failed.allSatisfy { $0.contains("-sha2-nistp") }, "\(failed.joined(separator: "\n"))")
    }
}
