import Foundation
import GRDB
import Testing

@testable import Registry

@Suite struct RegistryAuthenticationTests {
    let temporary: TemporaryRegistry
    var registry: Registry { temporary.registry }

    init() throws {
        temporary = try TemporaryRegistry()
    }

    @Test func theRightPasswordGivesTheUser() throws {
        let (user, password) = try temporary.makeUser()
        #expect(try registry.authenticate(username: user.username, password: password.bytes)?.user == user)
    }

    @Test func anyOtherPasswordGivesNothing() throws {
        let (user, password) = try temporary.makeUser()
        let right = password.bytes
        var wrong: [[UInt8]] = [[], Array(right.dropLast()), right + [0], right.reversed() + [1], [0] + right]
        for index in right.indices {
            var flipped = right
            flipped[index] ^= 1
            wrong.append(flipped)
        }
        for password in wrong {
            #expect(try registry.authenticate(username: user.username, password: password) == nil)
        }
    }

    @Test func namesAreComparedByteForByte() throws {
        let (user, password) = try temporary.makeUser()
        let name = user.username
        for other in [
            name.lowercased(), name + "\0", name + "\0x", " " + name, name + " ", "", String(name.dropLast()),
            name + "A", "'", "A\u{301}AAAAAA", String(repeating: "A", count: 100_000),
        ] {
            #expect(try registry.authenticate(username: other, password: password.bytes) == nil)
            #expect(try registry.user(named: other) == nil)
        }
    }

    @Test func eachOfSeveralCredentialsCounts() throws {
        let (user, first) = try temporary.makeUser()
        try add(password: "second", to: user, expiresAt: nil)
        #expect(try registry.authenticate(username: user.username, password: first.bytes) != nil)
        #expect(try registry.authenticate(username: user.username, password: Array("second".utf8)) != nil)
    }

    @Test func anExpiredCredentialIsNone() throws {
        let (user, _) = try temporary.makeUser()
        let now = Date().millisecondsSinceEpoch
        try add(password: "expired", to: user, expiresAt: now - 1)
        try add(password: "valid", to: user, expiresAt: now + 3_600_000)
        #expect(try registry.authenticate(username: user.username, password: Array("expired".utf8)) == nil)
        #expect(try registry.authenticate(username: user.username, password: Array("valid".utf8)) != nil)
    }

    @Test func theStoredFormHoldsTagSaltAndDigest() throws {
        let (_, password) = try temporary.makeUser()
        let stored = try #require(
            try registry.pool.read { try String.fetchOne($0, sql: "SELECT verifier FROM credential") })
        let parts = stored.split(separator: "$")
        #expect(parts.count == 3 && parts[0] == "hmac-sha256")
        #expect(Data(base64Encoded: String(parts[1]))?.count == 16)
        #expect(Data(base64Encoded: String(parts[2]))?.count == 32)
        #expect(!stored.contains(password.revealed()))
    }

    /// RFC 4231, test case 2.
    @Test func theDigestIsHMACSHA256WithTheSaltAsKey() throws {
        let digest = Data([
            0x5b, 0xdc, 0xc1, 0x46, 0xbf, 0x60, 0x75, 0x4e, 0x6a, 0x04, 0x24, 0x26, 0x08, 0x95, 0x75, 0xc7,
            0x5a, 0x00, 0x3f, 0x08, 0x9d, 0x27, 0x39, 0x83, 0x9d, 0xec, 0x58, 0xb9, 0x64, 0xec, 0x38, 0x43,
        ])
        let salt = Data("Jefe".utf8).base64EncodedString()
        let verifier = try #require(
            PasswordVerifier(stored: "hmac-sha256$\(salt)$\(digest.base64EncodedString())"))
        #expect(verifier.matches(Array("what do ya want for nothing?".utf8)))
        #expect(!verifier.matches(Array("what do ya want for nothing!".utf8)))
    }

    @Test(arguments: [
        "", "$$", "hmac-sha256", "hmac-sha256$$", "hmac-sha256$AAAA$AAAA", "argon2id$AAAA$AAAA", "hmac-sha256$!$!",
        "hmac-sha256$AAAA$AAAA$AAAA",
    ])
    func aDamagedStoredFormIsRefused(stored: String) {
        #expect(PasswordVerifier(stored: stored) == nil)
    }

    @Test func secretsCantBePrinted() {
        let secret = Secret("hunter2")
        var dumped = ""
        dump(secret, to: &dumped)
        for text in ["\(secret)", String(reflecting: secret), dumped, "\([secret])", "\(Optional(secret) as Any)"] {
            #expect(!text.contains("hunter2"))
        }
    }

    private func add(password: String, to user: User, expiresAt: Int64?) throws {
        var generator = SystemRandomNumberGenerator()
        let verifier = PasswordVerifier(for: Array(password.utf8), using: &generator).stored
        try registry.pool.write {
            try $0.execute(
                sql: "INSERT INTO credential (user_id, kind, verifier, created_at, expires_at) VALUES (?, ?, ?, 0, ?)",
                arguments: [user.id, Registry.passwordKind, verifier, expiresAt])
        }
    }
}
