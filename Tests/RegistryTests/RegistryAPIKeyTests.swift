import Foundation
import GRDB
import Testing

@testable import Registry

@Suite struct RegistryAPIKeyTests {
    let temporary: TemporaryRegistry
    var registry: Registry { temporary.registry }

    init() throws {
        temporary = try TemporaryRegistry()
    }

    @Test func aKeyIsFoundByItselfAlone() throws {
        let (key, secret) = try registry.createAPIKey(name: "ci")
        #expect(try registry.apiKey(matching: secret.revealed()) == key)
        #expect(try registry.apiKey(matching: secret.revealed().lowercased()) == nil)
        #expect(try registry.apiKey(matching: secret.revealed() + "A") == nil)
        #expect(try registry.apiKey(matching: "") == nil)
        #expect(try registry.apiKeys() == [key])
    }

    @Test func aKeyHasThePrefixAnd43CharactersBase64URL() throws {
        let (_, secret) = try registry.createAPIKey(name: "ci")
        #expect(try #/berth_[A-Za-z0-9_-]{43}/#.wholeMatch(in: secret.revealed()) != nil)
    }

    @Test func onlyTheDigestIsStored() throws {
        let (_, secret) = try registry.createAPIKey(name: "ci")
        try registry.pool.writeWithoutTransaction { _ = try $0.checkpoint(.truncate) }
        let file = try Data(contentsOf: URL(fileURLWithPath: temporary.path))
        #expect(file.range(of: Data(secret.revealed().utf8)) == nil)
    }

    @Test func aRevokedKeyIsRefusedAtOnceByOtherProcessesToo() throws {
        let (key, secret) = try registry.createAPIKey(name: "ci")
        let daemon = try Registry(path: temporary.path)
        #expect(try daemon.apiKey(matching: secret.revealed()) != nil)
        #expect(try registry.revokeAPIKey(id: key.id) == .revoked)
        #expect(try daemon.apiKey(matching: secret.revealed()) == nil)
        #expect(try daemon.apiKeys().isEmpty)
        #expect(try registry.revokeAPIKey(id: key.id) == .noSuchKey)
        #expect(try registry.revokeAPIKey(id: 99) == .noSuchKey)
    }

    @Test func theLastValidAdministratorStaysWhereThatIsAskedFor() throws {
        let (first, _) = try registry.createAPIKey(name: "a")
        _ = try registry.createAPIKey(name: "b", expiresAt: Date(timeIntervalSinceNow: -1))
        let (reader, _) = try registry.createAPIKey(name: "c", rights: [.readUsers])
        #expect(try registry.revokeAPIKey(id: first.id, guarded: true) == .lastAdmin)
        #expect(try registry.revokeAPIKey(id: reader.id, guarded: true) == .revoked)
        let (second, _) = try registry.createAPIKey(name: "d", rights: [.admin, .readUsers])
        #expect(try registry.revokeAPIKey(id: first.id, guarded: true) == .revoked)
        #expect(try registry.revokeAPIKey(id: second.id, guarded: true) == .lastAdmin)
        #expect(try registry.hasAdministrator())
        #expect(try registry.revokeAPIKey(id: second.id) == .revoked)
        #expect(try !registry.hasAdministrator())
        _ = try registry.createAPIKey(name: "reader", rights: [.readUsers])
        #expect(try !registry.hasAdministrator())
    }

    @Test func keysComeInPages() throws {
        for name in ["a", "b", "c"] { _ = try registry.createAPIKey(name: name) }
        let page = try registry.apiKeys(limit: 2)
        #expect(page.map(\.name) == ["a", "b"])
        #expect(try registry.apiKeys(after: page.last?.id, limit: 2).map(\.name) == ["c"])
    }

    @Test func anExpiredKeyIsRefused() throws {
        let (_, expired) = try registry.createAPIKey(name: "a", expiresAt: Date(timeIntervalSinceNow: -1))
        let (_, valid) = try registry.createAPIKey(name: "b", expiresAt: Date(timeIntervalSinceNow: 60))
        #expect(try registry.apiKey(matching: expired.revealed()) == nil)
        #expect(try registry.apiKey(matching: valid.revealed()) != nil)
    }

    @Test func rightsAreKeptAndAdminIsAllOfThem() throws {
        let (reader, _) = try registry.createAPIKey(name: "r", rights: [.readUsers, .readMetrics])
        #expect(try registry.apiKeys().first?.rights == [.readUsers, .readMetrics])
        #expect(reader.allows(.readUsers) && !reader.allows(.writeUsers))
        let (admin, _) = try registry.createAPIKey(name: "a")
        #expect(AccessRight.allCases.allSatisfy(admin.allows))
    }

    @Test func useIsNotedByDay() throws {
        let (key, secret) = try registry.createAPIKey(name: "ci")
        let day = try #require(CalendarDate("2026-11-23"))
        try registry.recordUse(of: key, on: day)
        #expect(try registry.apiKey(matching: secret.revealed())?.lastUsedDate == day)
    }
}
