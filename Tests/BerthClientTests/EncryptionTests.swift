import Foundation
import NIOSSL
import ServiceTestSupport
import Testing

@testable import BerthClient

@Suite struct EncryptionTests {
    /// A certificate for 127.0.0.1 that only its own file vouches for.
    private struct Certificate {
        let workspace: Workspace
        let file: String
        let tls: TLSConfiguration

        init(host: String = "IP:127.0.0.1") throws {
            workspace = try Workspace()
            file = workspace.file("certificate.pem")
            let key = workspace.file("key.pem")
            let made = try ServiceTestSupport.Command.run(
                "openssl",
                [
                    "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout",
                    key, "-out", file, "-days", "2", "-subj", "/CN=berth test", "-addext", "subjectAltName=\(host)",
                ])
            guard made.status == 0 else { throw Daemon.NotReady(description: "openssl: \(made)") }
            tls = .makeServerConfiguration(
                certificateChain: try NIOSSLCertificate.fromPEMFile(file).map { .certificate($0) },
                privateKey: .privateKey(try NIOSSLPrivateKey(file: key, format: .pem)))
        }
    }

    private func client(_ base: String, _ tls: SftpClientOptions.TLS) throws -> SftpClient {
        try SftpClient(
            region: "us", apiKey: Secret("berth_testkey"), endpoint: base,
            options: SftpClientOptions(
                retries: RetryPolicy(baseDelay: .milliseconds(1)), attemptTimeout: .seconds(20), tls: tls))
    }

    @Test func `a certificate that the file vouches for is good`() async throws {
        let certificate = try Certificate()
        try await ScriptedServer.with([.answer(200, body: Answers.user)], tls: certificate.tls) { _, base in
            let client = try client(base, .init(trustRootsFile: certificate.file))
            #expect(try await client.send(ReadUserCommand(username: "U")).username == "VVJ9PRKM")
        }
    }

    @Test func `a certificate that nobody vouches for is refused at once, before the key is sent`() async throws {
        let certificate = try Certificate()
        let other = try Certificate()
        let elsewhere = try Certificate(host: "DNS:berth.example.com")
        for (served, roots) in [(certificate, nil), (certificate, other.file), (elsewhere, elsewhere.file)] {
            try await ScriptedServer.with([.answer(200, body: Answers.user)], tls: served.tls) { server, base in
                let client = try client(base, .init(trustRootsFile: roots))
                do throws(SftpClientError) {
                    _ = try await client.send(ReadUserCommand(username: "U"))
                    Issue.record("the certificate was taken")
                } catch .unreachable(let failure) {
                    #expect(failure.attempts == 1, "\(failure)")
                    #expect(failure.reason.contains("encryption was not agreed"), "\(failure)")
                } catch {
                    throw error
                }
                #expect(server.requests.isEmpty)
            }
        }
    }

    @Test func `verification can be given up`() async throws {
        try await ScriptedServer.with([.answer(200, body: Answers.user)], tls: Certificate().tls) { _, base in
            let client = try client(base, .init(verifiesCertificates: false))
            #expect(try await client.send(ReadUserCommand(username: "U")).username == "VVJ9PRKM")
        }
    }

    @Test func `a creation is tried again when the connection broke before it was sent`() async throws {
        let certificate = try Certificate()
        try await ScriptedServer.with(
            [.answer(201, body: Answers.createdUser)], refusedConnections: 2, tls: certificate.tls
        ) { server, base in
            let client = try client(base, .init(trustRootsFile: certificate.file))
            let made = try await client.send(CreateUserCommand(homeDirectory: "/a", description: "A"))
            #expect(made.metadata.attempts == 3 && server.requests.count == 1)
        }
    }
}
