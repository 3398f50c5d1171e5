import SSHTransport
import Testing

@testable import berth_sftpd

/// What an operator reads about a client that could not be served.
@Suite struct RefusalTextTests {
    private func text(_ kex: String, hostKey: String = "ssh-ed25519", host: String = "192.0.2.7") throws -> String {
        let libraryText = "kex error : no match for method kex algos: server [x], client [\(kex)]"
        let mismatch = try #require(
            AlgorithmMismatch(libraryText: libraryText, legacy: .legacy))
        return RefusalText.reason(for: mismatch, host: host)
    }

    @Test func itNamesTheOfferTheSettingsAndTheAddress() throws {
        let text = try text("diffie-hellman-group1-sha1,ext-info-c,kex-strict-c-v00@openssh.com")
        #expect(text.contains("no key exchange in common: the client offers diffie-hellman-group1-sha1;"))
        #expect(text.contains("sftp.legacy_networks with 192.0.2.7") && text.contains("sftp.legacy_listen"))
    }

    @Test func aClientThatWantsCompressionHearsThatNoSettingHelps() throws {
        let libraryText =
            "kex error : no match for method compression algo client->server: server [none], client [zlib]"
        let mismatch = try #require(AlgorithmMismatch(libraryText: libraryText, legacy: .legacy))
        let text = RefusalText.reason(for: mismatch, host: "192.0.2.7")
        #expect(text.contains("no compression from client to server in common: the client offers zlib; no setting"))
        #expect(text.hasSuffix("it must be brought to do without"))
    }

    @Test func foreignBytesAreShownAsQuestionMarksAndNotForEver() throws {
        let text = try text("a\n\u{1b}[31m" + String(repeating: "b", count: 400) + "é")
        #expect(text.utf8.allSatisfy { (0x20...0x7e).contains($0) })
        #expect(text.contains("offers a??[31mbbb") && text.contains("..."))
        #expect(text.utf8.count <= 1_000)
    }
}
