import SSHWire
import Testing

@testable import SSHTransport

/// What becomes of the policies once a client's offer is known.
@Suite struct AlgorithmPolicyTests {
    private let keys = ["ssh-ed25519", "ecdsa-sha2-nistp256", "ssh-rsa"]

    private func offer(
        kex: String = "curve25519-sha256", hostKey: String = "ssh-ed25519", ciphers: (String, String)? = nil,
        macs: (String, String) = ("hmac-sha2-256", "hmac-sha2-256")
    ) throws -> KeyExchangeOffer {
        var message = ByteQueue()
        message.append(20 as UInt8)
        for _ in 0..<16 { message.append(0 as UInt8) }
        let ciphers = ciphers ?? ("aes128-ctr", "aes128-ctr")
        for list in [kex, hostKey, ciphers.0, ciphers.1, macs.0, macs.1, "none", "none", "", ""] {
            message.append(string: list)
        }
        message.append(false)
        message.append(0 as UInt32)
        var packet = ByteQueue()
        packet.append(UInt32(1 + message.count))
        packet.append(0 as UInt8)
        packet.append(raw: message.bytes)
        guard case .offer(let offer) = KeyExchangeOffer.scan(packet.bytes, isIdentified: true) else {
            throw TestProcess.Failure(description: "no offer")
        }
        return offer
    }

    @Test func legacyIsModernWithMoreBehindIt() {
        for kind in AlgorithmKind.allCases where kind != .compressionIn && kind != .compressionOut {
            let modern = AlgorithmPolicy.modern.names(of: kind)
            let legacy = AlgorithmPolicy.legacy.names(of: kind)
            #expect(legacy.starts(with: modern) && legacy.count > modern.count)
            #expect(Set(legacy).count == legacy.count)
            #expect(!legacy.contains { $0.contains("group-exchange") || $0 == "none" || $0.contains("md5") })
        }
    }

    @Test func gcmIsChosenOnlyWhereBothDirectionsOfferIt() throws {
        let policy = AlgorithmPolicy.modern
        let both = try offer(ciphers: ("aes256-ctr,aes128-gcm@openssh.com", "aes128-gcm@openssh.com"))
        #expect(policy.offered(to: both).ciphers == policy.preferredCiphers)
        let one = try offer(ciphers: ("aes256-ctr,aes128-gcm@openssh.com", "aes256-ctr"))
        #expect(policy.offered(to: one).ciphers == policy.ciphers)
    }

    @Test func whatIsWeakIsOfferedOnlyWhereNothingElseIsShared() throws {
        let policy = AlgorithmPolicy.legacy
        let mixed = try offer(
            kex: "diffie-hellman-group1-sha1,ecdh-sha2-nistp256", hostKey: "ssh-rsa,rsa-sha2-256",
            ciphers: ("3des-cbc,aes128-ctr", "3des-cbc,aes128-ctr"), macs: ("hmac-sha1,hmac-sha2-256", "hmac-sha1"))
        let offered = policy.offered(to: mixed)
        #expect(offered.keyExchanges == AlgorithmPolicy.modern.keyExchanges)
        #expect(offered.hostKeys == AlgorithmPolicy.modern.hostKeys)
        #expect(offered.ciphers == AlgorithmPolicy.modern.ciphers)
        // One direction shares nothing better: both lists are one for libssh's option.
        #expect(offered.macs == policy.macs)
        #expect(policy.lacking(for: mixed).isEmpty && offered.lacking(for: mixed).isEmpty)
    }

    @Test func aKeyThatIsNotThereIsNotOffered() throws {
        let policy = AlgorithmPolicy.legacy
        #expect(policy.limited(toKeysOf: ["ssh-rsa"]).hostKeys == ["rsa-sha2-512", "rsa-sha2-256", "ssh-rsa"])
        #expect(policy.limited(toKeysOf: ["ecdsa-sha2-nistp521"]).hostKeys == ["ecdsa-sha2-nistp521"])
        // Its ECDSA algorithm is modern, but there is no such key: the RSA key must do, with SHA-1.
        let jsch = try offer(hostKey: "ssh-rsa,ecdsa-sha2-nistp256")
        #expect(policy.limited(toKeysOf: ["ssh-rsa"]).offered(to: jsch).hostKeys.contains("ssh-rsa"))
        #expect(!policy.limited(toKeysOf: keys).offered(to: jsch).hostKeys.contains("ssh-rsa"))
    }

    @Test func aCipherThatAuthenticatesNeedsNoMAC() throws {
        let policy = AlgorithmPolicy.modern
        let gcm = try offer(
            ciphers: ("aes128-gcm@openssh.com", "aes128-gcm@openssh.com"), macs: ("hmac-md5", "hmac-md5"))
        #expect(policy.lacking(for: gcm).isEmpty)
        let plain = try offer(macs: ("hmac-md5", "hmac-sha2-256"))
        #expect(policy.lacking(for: plain) == [.macIn])
    }

    @Test func aMismatchTellsWhetherLegacyWouldDo() throws {
        let modern = AlgorithmPolicy.modern.limited(toKeysOf: keys)
        let legacy = AlgorithmPolicy.legacy.limited(toKeysOf: keys)
        let old = try #require(
            AlgorithmMismatch(offer(kex: "diffie-hellman-group1-sha1"), policy: modern, legacy: legacy))
        #expect(old.isAdmittedByLegacy == true && old.lacks.map(\.kind) == [.keyExchange])
        let ancient = try #require(
            AlgorithmMismatch(
                offer(kex: "diffie-hellman-group1-sha1", hostKey: "ssh-dss"), policy: modern, legacy: legacy))
        #expect(ancient.isAdmittedByLegacy == false)
        #expect(ancient.lacks.map(\.kind) == [.hostKey] && ancient.lacks.first?.wanted.contains("ssh-rsa") == true)
        #expect(try AlgorithmMismatch(offer(), policy: modern, legacy: legacy) == nil)
    }

    @Test func libsshsTextTellsTheKindAndTheOffer() throws {
        let text = "kex error : no match for method mac algo client->server: server [a,b], client [hmac-md5,x]"
        let mismatch = try #require(AlgorithmMismatch(libraryText: text, legacy: .legacy))
        #expect(mismatch.lacks.map(\.kind) == [.macIn] && mismatch.isAdmittedByLegacy == nil)
        #expect(mismatch.lacks.first?.offered == Array("hmac-md5,x".utf8))
        for prefix in 0...text.utf8.count {
            _ = AlgorithmMismatch(libraryText: String(text.prefix(prefix)), legacy: .legacy)
        }
        for other in ["", "Socket error", "no match for method ", "no match for method languages: x"] {
            #expect(AlgorithmMismatch(libraryText: other, legacy: .legacy) == nil)
        }
    }
}
