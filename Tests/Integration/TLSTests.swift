import Foundation
import Glibc
import ServiceTestSupport
import Testing

extension Integration {
    /// The API over TLS, and its certificate when it is replaced.
    @Suite struct TLSTests {
        /// A client that has connected, and what it said of that.
        private func connect(
            _ daemon: Daemon, from lowest: String = "TLSv1_2", to highest: String = "TLSv1_3",
            protocols: String = "h2,http/1.1", ciphers: String? = nil
        ) throws -> (client: SteppedClient, line: String) {
            let client = try SteppedClient(
                "tls_client.py",
                arguments: ["\(daemon.apiPort)", lowest, highest, protocols] + (ciphers.map { [$0] } ?? []))
            return (client, try #require(client.log.waitForLine { _ in true }))
        }

        @Test(arguments: ["p256", "p384", "rsa", "ed25519"])
        func `requests go over TLS 1.2 and 1.3 with a certificate of each kind`(kind: String) throws {
            let place = try Workspace()
            let authority = try TestCertificate("authority", in: place)
            let certificate = try TestCertificate("served", in: place, kind: kind, issuer: authority)
            let daemon = try Daemon(settings: certificate.settings)
            var api = daemon.api
            api.arguments = ["--cacert", authority.certificate]
            _ = try api.createUser(home: "/a")
            #expect(daemon.log.text.contains("certificate of the API expires="), "\(daemon.log.text)")
            #expect(daemon.log.text.contains("subject=\"O=Example, CN=served\""), "\(daemon.log.text)")
            for (version, name) in [("TLSv1_2", "TLSv1.2"), ("TLSv1_3", "TLSv1.3")] {
                let (client, line) = try connect(daemon, from: version, to: version)
                #expect(line.hasPrefix("\(name) http/1.1 ") && line.hasSuffix(" served"), "\(line)")
                client.goOn()
                #expect(client.log.waitForLine(containing: "answer 200") != nil, "\(client.log.text)")
            }
        }

        @Test func `nothing older and no cipher without forward secrecy is agreed on`() throws {
            let place = try Workspace()
            let daemon = try Daemon(settings: try TestCertificate("served", in: place).settings)
            for (lowest, highest, ciphers) in [
                ("TLSv1", "TLSv1_1", nil), ("TLSv1_1", "TLSv1_1", nil), ("TLSv1_2", "TLSv1_2", "AES128-GCM-SHA256"),
                ("TLSv1_2", "TLSv1_2", "ECDHE-ECDSA-AES128-SHA"),
            ] as [(String, String, String?)] {
                let line = try connect(daemon, from: lowest, to: highest, ciphers: ciphers).line
                #expect(line.hasPrefix("refused "), "\(lowest) \(ciphers ?? ""): \(line)")
            }
            #expect(try connect(daemon, protocols: "http/1.1").line.contains(" http/1.1 "))
            // Plain HTTP, and bytes that are nothing.
            for text in ["GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n", "\u{16}\u{3}\u{1}\u{2}\u{0}\u{1}", "\0\0\0\0\r\n"]
            {
                let connection = try TCPConnection(port: daemon.apiPort)
                connection.send(text)
                let answer = connection.readToEnd(seconds: text.count < 10 ? 0.3 : 5) ?? []
                #expect(!String(decoding: answer, as: UTF8.self).contains("200"))
            }
            #expect(try daemon.api.send("GET", "/users").status == 200)
        }

        @Test(arguments: [true, false])
        func `new connections get the certificate that was put in place, and open ones go on`(byHangUp: Bool) throws {
            let place = try Workspace()
            let served = try TestCertificate("served", in: place)
            let next = try TestCertificate("next", in: place, days: -1...91)
            let daemon = try Daemon(settings: served.settings)
            let (open, line) = try connect(daemon)
            #expect(line.hasSuffix(" served"))
            let end = "berth_http_certificate_end_time_seconds"
            let endOfFirst = try MetricsReading(daemon)[end]
            let start = daemon.log.lines.count
            try next.replace(served)
            if byHangUp { daemon.process.signal(SIGHUP) }
            let said = daemon.log.waitForLine(from: start) {
                $0.contains(" info  certificate of the API ") && $0.contains("CN=next")
            }
            #expect(said != nil, "\(daemon.log.text)")
            #expect(try connect(daemon).line.hasSuffix(" next"))
            let endOfNext = try MetricsReading(daemon)[end]
            #expect(abs(endOfNext - endOfFirst - 86_400) < 60, "\(endOfFirst), \(endOfNext)")
            // The signal is the audit log's, too, whatever becomes of the certificate.
            #expect(!byHangUp || daemon.log.waitForLine(containing: "audit log opened anew", from: start) != nil)
            open.goOn()
            #expect(open.log.waitForLine(containing: "answer 200") != nil, "\(open.log.text)")
            #expect(try daemon.api.send("GET", "/users").status == 200)
            // Nothing is said again while nothing changes.
            if !byHangUp {
                _ = daemon.log.waitForLine(from: start, seconds: 5) { $0.contains("error") }
                #expect(daemon.log.lines.dropFirst(start).count { $0.contains("certificate of the API") } == 1)
            }
        }

        @Test func `files that can't be used are named with what is wrong, and the certificate before stays in use`()
            throws
        {
            let place = try Workspace()
            let served = try TestCertificate("served", in: place)
            let keep = try TestCertificate("keep", in: place)
            let other = try TestCertificate("other", in: place)
            let authority = try TestCertificate("authority", in: place)
            let issued = try TestCertificate("issued", in: place, issuer: authority)
            let locked = try TestCertificate("locked", in: place, kind: "p256-encrypted")
            let expired = try TestCertificate("expired", in: place, days: -9 ... -2)
            let early = try TestCertificate("early", in: place, days: 1...9)
            try keep.replace(served)
            let daemon = try Daemon(settings: served.settings)
            let pem = try Data(contentsOf: URL(fileURLWithPath: issued.certificate))
            let blocks = String(decoding: pem, as: UTF8.self).components(separatedBy: "-----BEGIN CERTIFICATE-----\n")
            let turned = (blocks.dropFirst().reversed().map { "-----BEGIN CERTIFICATE-----\n" + $0 }).joined()
            let good = try String(contentsOfFile: keep.certificate, encoding: .utf8)
            let cases: [(certificate: String?, key: String?, mode: mode_t, said: String)] = [
                (nil, keep.key, 0o600, "\(served.certificate) can't be read: No such file or directory"),
                (keep.certificate, nil, 0o600, "\(served.key) can't be read: No such file or directory"),
                ("", keep.key, 0o600, "\(served.certificate) is empty"),
                ("text", keep.key, 0o600, "\(served.certificate) holds no certificate in PEM"),
                (
                    good.replacing("MII", with: "MIJ"), keep.key, 0o600,
                    "a certificate in \(served.certificate) is damaged"
                ),
                (keep.certificate, keep.certificate, 0o600, "\(served.key) holds no private key in PEM"),
                (keep.certificate, locked.key, 0o600, "the key in \(served.key) is encrypted"),
                (
                    keep.certificate, other.key, 0o600,
                    "the key in \(served.key) is not that of the certificate in \(served.certificate)"
                ),
                (turned, issued.key, 0o600, "is that of certificate number 2 in \(served.certificate)"),
                (other.certificate, other.key, 0o604, "chmod 0600 \(served.key)"),
                (expired.certificate, expired.key, 0o600, "the certificate in \(served.certificate) expired at 20"),
                (
                    early.certificate, early.key, 0o600,
                    "the certificate in \(served.certificate) is not valid before 20"
                ),
            ]
            for (certificate, key, mode, said) in cases {
                let start = daemon.log.lines.count
                try put(certificate, at: served.certificate, mode: 0o644)
                try put(key, at: served.key, mode: mode)
                daemon.process.signal(SIGHUP)
                let line = daemon.log.waitForLine(from: start) { $0.contains("certificate of the API not taken") }
                #expect(line?.contains(" error ") == true && line?.contains(said) == true, "\(said): \(line ?? "")")
                #expect(try connect(daemon).line.hasSuffix(" keep"), "\(said)")
            }
            let start = daemon.log.lines.count
            try keep.replace(served)
            daemon.process.signal(SIGHUP)
            #expect(daemon.log.waitForLine(from: start) { $0.contains("CN=keep") } != nil, "\(daemon.log.text)")
        }

        @Test func `a certificate that others could put another one in the place of is not taken`() throws {
            let place = try Workspace()
            let served = try TestCertificate("served", in: place)
            let next = try TestCertificate("next", in: place)
            let daemon = try Daemon(settings: served.settings)
            let open = place.file("open")
            #expect(mkdir(open, 0o777) == 0 && chmod(open, 0o777) == 0)
            // The files themselves are as they should be.
            for (from, to) in [(next.certificate, served.certificate), (next.key, served.key)] {
                let moved = "\(open)/\((from as NSString).lastPathComponent)"
                #expect(rename(from, moved) == 0 && unlink(to) == 0 && symlink(moved, to) == 0)
            }
            var start = daemon.log.lines.count
            daemon.process.signal(SIGHUP)
            let refused = daemon.log.waitForLine(from: start) { $0.contains("certificate of the API not taken") }
            #expect(refused?.contains("chmod 0755 \(open)") == true, "\(daemon.log.text)")
            #expect(try connect(daemon).line.hasSuffix(" served"))
            #expect(chmod(open, 0o755) == 0)
            start = daemon.log.lines.count
            daemon.process.signal(SIGHUP)
            #expect(daemon.log.waitForLine(from: start) { $0.contains("CN=next") } != nil, "\(daemon.log.text)")
        }

        /// Puts a file's content, or a text that is no path, where a file is; nothing for nil.
        private func put(_ content: String?, at path: String, mode: mode_t) throws {
            unlink(path)
            guard let content else { return }
            let data =
                content.hasPrefix("/") ? try Data(contentsOf: URL(fileURLWithPath: content)) : Data(content.utf8)
            try data.write(to: URL(fileURLWithPath: path))
            #expect(chmod(path, mode) == 0)
        }

        @Test func `the start is refused with what is wrong`() throws {
            let place = try Workspace()
            let served = try TestCertificate("served", in: place)
            let other = try TestCertificate("other", in: place)
            func start(_ settings: [String: String]) throws -> Command.Result {
                let environment = [
                    "BERTHD_DATA": place.file("data"), "BERTHD_API_LISTEN": "127.0.0.1:\(try FreePort.next())",
                    "BERTHD_SFTP_LISTEN": "127.0.0.1:\(try FreePort.next())",
                ]
                return try Command.run(
                    Programs.berthd, ["run"], environment: environment.merging(settings) { $1 }, seconds: 20)
            }
            let mismatch = try start([
                "BERTHD_API_TLS_CERTIFICATE": served.certificate, "BERTHD_API_TLS_KEY": other.key,
            ])
            #expect(mismatch.status == 1 && mismatch.error.contains("api.tls_certificate, api.tls_key: the key in"))
            #expect(mismatch.error.contains("is not that of the certificate in \(served.certificate)"), "\(mismatch)")
            #expect(chmod(served.key, 0o604) == 0)
            let open = try start(served.settings)
            #expect(open.status == 1 && open.error.contains("chmod 0600 \(served.key)"), "\(open)")
            #expect(chmod(served.key, 0o600) == 0 && chmod(served.certificate, 0o666) == 0)
            let writable = try start(served.settings)
            #expect(writable.status == 1 && writable.error.contains("chmod 0644 \(served.certificate)"), "\(writable)")
            #expect(mkdir(place.file("open"), 0o777) == 0 && chmod(place.file("open"), 0o777) == 0)
            let moved = try start([
                "BERTHD_API_TLS_CERTIFICATE": place.file("open/x.pem"), "BERTHD_API_TLS_KEY": place.file("open/x.key"),
            ])
            #expect(moved.status == 1 && moved.error.contains("chmod 0755 \(place.file("open"))"), "\(moved)")
            let half = try start(["BERTHD_API_TLS_CERTIFICATE": served.certificate])
            #expect(half.status == 78 && half.error.contains("api.tls_key"), "\(half)")
        }

        @Test func `plain HTTP beyond this machine is refused unless a setting allows it`() throws {
            let place = try Workspace()
            let served = try TestCertificate("served", in: place)
            func check(_ settings: [String: String]) throws -> Command.Result {
                try Command.run(
                    Programs.berthd, ["--check-config"],
                    environment: ["BERTHD_API_LISTEN": "0.0.0.0:8022"].merging(settings) { $1 })
            }
            let refused = try check([:])
            #expect(refused.status == 78, "\(refused)")
            for name in ["api.listen", "api.tls_certificate", "api.tls_key", "api.allow_plain_http"] {
                #expect(refused.error.contains(name), "\(refused)")
            }
            #expect(try check(["BERTHD_API_ALLOW_PLAIN_HTTP": "true"]).status == 0)
            #expect(try check(served.settings).status == 0)
        }

        @Test func `a certificate near its end is complained of at the start and still used`() throws {
            let place = try Workspace()
            for (name, days, said) in [
                ("soon", -1...13.9, " warning certificate of the API expires soon expires="),
                ("over", -9 ... -1, " error certificate of the API has expired expires="),
                ("fine", -1...14.1, nil),
            ] as [(String, ClosedRange<Double>, String?)] {
                let daemon = try Daemon(settings: try TestCertificate(name, in: place, days: days).settings)
                #expect(try connect(daemon).line.hasSuffix(" \(name)"))
                let complaints = daemon.log.lines.filter { $0.contains("expires soon") || $0.contains("has expired") }
                #expect(complaints.count == (said == nil ? 0 : 1), "\(daemon.log.text)")
                #expect(complaints.allSatisfy { $0.contains(said ?? "") && $0.contains("file=\(place.path)") })
            }
        }

        @Test func `a slow handshake is cut off, and holds no stop up`() throws {
            let place = try Workspace()
            let daemon = try Daemon(
                settings: try TestCertificate("served", in: place).settings.merging(
                    ["BERTHD_API_REQUEST_SECONDS": "1", "BERTHD_SFTP_SHUTDOWN_GRACE_SECONDS": "1"]) { $1 })
            // Nothing, and the beginning of a ClientHello of 512 bytes.
            for start in [[], [0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3]] as [[UInt8]] {
                let connection = try TCPConnection(port: daemon.apiPort)
                connection.send(start)
                #expect(connection.readToEnd(seconds: 6) != nil, "still connected")
            }
            let (idle, _) = try connect(daemon)
            let silent = try TCPConnection(port: daemon.apiPort)
            #expect(daemon.stop(seconds: 15) == 0, "\(daemon.log.text)")
            _ = (idle, silent)
        }
    }
}
