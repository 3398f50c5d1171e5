import Foundation
import Testing

@testable import Registry

/// The key that the service's credential holds.
@Suite struct CredentialKeyTests {
    private let temporary: TemporaryRegistry
    private var registry: Registry { temporary.registry }

    init() throws {
        temporary = try TemporaryRegistry()
    }

    /// A key that was made elsewhere, from one letter.
    private func key(_ letter: Character) -> String { "berth_" + String(repeating: letter, count: 43) }

    private func digest(_ key: String) -> APIKeyDigest? {
        Array(key.utf8).withUnsafeBytes { APIKeyDigest(of: $0) }
    }

    private func set(_ letter: Character?) throws -> CredentialKeyChange {
        try registry.setCredentialKey(letter.flatMap { digest(key($0)) })
    }

    private func isValid(_ letter: Character) throws -> Bool { try registry.apiKey(matching: key(letter)) != nil }

    @Test func `it is an administrator's from then on, and stays the same with each start`() throws {
        guard case .taken(let taken) = try set("a").present else {
            Issue.record("it was not taken")
            return
        }
        #expect(taken.name == "berth-api-key" && taken.rights == [.admin] && taken.expiresAt == nil)
        #expect(taken.isFromCredential)
        #expect(try registry.apiKey(matching: key("a")) == taken)
        #expect(try set("a") == CredentialKeyChange(present: .unchanged(taken), ended: []))
        #expect(try registry.apiKeys() == [taken])
    }

    @Test func `another one takes its place, at once`() throws {
        let (other, _) = try registry.createAPIKey(name: "berth-api-key")
        _ = try set("a")
        let old = try #require(try registry.apiKey(matching: key("a")))
        let change = try set("b")
        let new = try #require(try registry.apiKey(matching: key("b")))
        #expect(change == CredentialKeyChange(present: .taken(new), ended: [old.id]))
        #expect(try !isValid("a"))
        // One of the same name that was made otherwise is none of the credential's.
        #expect(try registry.apiKeys() == [other, new])
    }

    @Test func `it ends with its credential and comes back with it, as a new one`() throws {
        _ = try set("a")
        let first = try #require(try registry.apiKey(matching: key("a")))
        #expect(try set(nil) == CredentialKeyChange(present: .none, ended: [first.id]))
        #expect(try !isValid("a"))
        #expect(try set(nil) == CredentialKeyChange(present: .none, ended: []))
        _ = try set("a")
        #expect(try #require(try registry.apiKey(matching: key("a"))).id > first.id)
    }

    @Test func `once it is revoked it stays so, also after others`() throws {
        _ = try set("a")
        let id = try #require(try registry.apiKey(matching: key("a"))).id
        #expect(try registry.revokeAPIKey(id: id) == .revoked)
        for _ in 0..<2 { #expect(try set("a") == CredentialKeyChange(present: .revoked(id: id), ended: [])) }
        _ = try set("b")
        let second = try #require(try registry.apiKey(matching: key("b"))).id
        // The one before it ends all the same.
        #expect(try set("a") == CredentialKeyChange(present: .revoked(id: id), ended: [second]))
        #expect(try !isValid("a"))
        #expect(try !isValid("b"))
    }

    @Test func `a key that was made here becomes the credential's, with its rights`() throws {
        let (made, secret) = try registry.createAPIKey(
            name: "first", rights: [.readUsers], expiresAt: Date(timeIntervalSinceNow: -1))
        let change = try registry.setCredentialKey(digest(secret.revealed()))
        let now = try #require(try registry.apiKey(matching: secret.revealed()))
        #expect(change == CredentialKeyChange(present: .taken(now), ended: []))
        #expect(now.id == made.id && now.rights == [.admin] && now.expiresAt == nil && now.isFromCredential)
    }

    @Test func `it is not revoked where that is guarded, and is an administrator beside others`() throws {
        let (other, _) = try registry.createAPIKey(name: "a")
        _ = try set("a")
        let id = try #require(try registry.apiKey(matching: key("a"))).id
        #expect(try registry.revokeAPIKey(id: id, guarded: true) == .fromCredential)
        #expect(try registry.revokeAPIKey(id: other.id, guarded: true) == .revoked)
        #expect(try registry.revokeAPIKey(id: id, guarded: true) == .fromCredential)
        #expect(try isValid("a"))
        #expect(try registry.revokeAPIKey(id: id) == .revoked)
    }

    @Test(arguments: [
        "", "berth_", String(repeating: "a", count: 49), "berth_" + String(repeating: "a", count: 42),
        "berth_" + String(repeating: "a", count: 44), "Berth_" + String(repeating: "a", count: 43),
        "berth_" + String(repeating: "a", count: 42) + "=", "berth_" + String(repeating: "a", count: 42) + " ",
        "berth_" + String(repeating: "a", count: 42) + "\n", "berth_" + String(repeating: "é", count: 21) + "a",
        "berth_" + String(repeating: "a", count: 42) + "\0",
    ])
    func `what has another form is no key`(text: String) {
        #expect(digest(text) == nil)
    }

    @Test func `its digest is the one that a request is looked up by`() throws {
        let key = "berth_" + "AZaz09-_" + String(repeating: "x", count: 35)
        #expect(digest(key)?.bytes == APIKeySecret.digest(of: key))
    }
}
