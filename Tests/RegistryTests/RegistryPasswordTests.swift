import Foundation
import Testing

@testable import Registry

@Suite struct RegistryPasswordTests {
    let temporary: TemporaryRegistry
    let registry: Registry
    let user: User
    let first: Password

    init() throws {
        temporary = try TemporaryRegistry()
        registry = try Registry(path: temporary.path)
        (user, first) = try registry.createUser(homeDirectory: "/a", description: "d", passwordLength: 16)
    }

    private func logsIn(_ password: Password) throws -> Bool {
        try registry.authenticate(username: user.username, password: Array(password.revealed().utf8))?.user == user
    }

    private func reset(
        overlap: Int = 0, at now: Date = Date()
    ) throws -> (Password, previousExpiresAt: Date?) {
        try #require(
            try registry.resetPassword(of: user.username, length: 24, overlapSeconds: overlap, at: now))
    }

    @Test func withoutOverlapTheOldPasswordEndsAtOnce() throws {
        let (second, end) = try reset()
        #expect(end == nil && second.revealed().utf8.count == 24)
        #expect(try !logsIn(first) && logsIn(second))
        #expect(try registry.passwords(of: user.username)?.count == 1)
    }

    @Test func withOverlapBothAreValidUntilItsEnd() throws {
        let now = Date()
        let (second, end) = try reset(overlap: 100, at: now)
        #expect(abs(try #require(end).timeIntervalSince(now) - 100) < 0.002)
        #expect(try logsIn(first) && logsIn(second))
        #expect(try registry.passwords(of: user.username, at: now.addingTimeInterval(99))?.count == 2)
        let later = try #require(try registry.passwords(of: user.username, at: now.addingTimeInterval(101)))
        #expect(later.count == 1 && later[0].expiresAt == nil)
    }

    @Test func anOverlapThatIsOverIsRefused() throws {
        let (second, _) = try reset(overlap: 1, at: Date(timeIntervalSinceNow: -2))
        #expect(try !logsIn(first) && logsIn(second))
    }

    @Test func furtherResetsReplaceTheNewPasswordAndLeaveTheOlderEndAsItIs() throws {
        let now = Date()
        let (second, end) = try reset(overlap: 1_000, at: now)
        let (third, sameEnd) = try reset(overlap: 5, at: now.addingTimeInterval(1))
        #expect(end == sameEnd)
        #expect(try logsIn(first) && !logsIn(second) && logsIn(third))
        #expect(try registry.passwords(of: user.username)?.count == 2)
        // Once that end has come, the one before is the third.
        let (fourth, newEnd) = try reset(overlap: 7, at: now.addingTimeInterval(1_001))
        #expect(abs(try #require(newEnd).timeIntervalSince(now) - 1_008) < 0.002)
        #expect(try !logsIn(first) && logsIn(third) && logsIn(fourth))
        // And without an overlap all others end.
        let (fifth, none) = try reset()
        #expect(none == nil)
        #expect(try !logsIn(third) && !logsIn(fourth) && logsIn(fifth))
    }

    @Test func theOnlyValidPasswordStays() throws {
        let passwords = try #require(try registry.passwords(of: user.username))
        #expect(try registry.deletePassword(passwords[0].id, of: user.username) == .last)
        let (second, _) = try reset(overlap: 1_000)
        let both = try #require(try registry.passwords(of: user.username))
        #expect(both.map(\.id) == both.map(\.id).sorted() && both[0].id == passwords[0].id)
        #expect(try registry.deletePassword(99, of: user.username) == .noSuchPassword)
        let (other, _) = try registry.createUser(homeDirectory: "/b", description: "d", passwordLength: 16)
        #expect(try registry.deletePassword(both[0].id, of: other.username) == .noSuchPassword)
        #expect(try registry.deletePassword(both[0].id, of: "NOBODY00") == .noSuchUser)
        #expect(try registry.deletePassword(both[0].id, of: user.username) == .deleted)
        #expect(try !logsIn(first) && logsIn(second))
        #expect(try registry.deletePassword(both[1].id, of: user.username) == .last)
        // One that ended is not there any more.
        _ = try reset(overlap: 1, at: Date(timeIntervalSinceNow: -5))
        #expect(try registry.deletePassword(both[1].id, of: user.username) == .noSuchPassword)
    }

    @Test func theTimeOfTheLastUseIsNotedOnceInAWhile() throws {
        func used() throws -> Date? { try registry.passwords(of: user.username)?.first?.lastUsedAt }
        func logIn(at now: Date) throws {
            let found = try registry.authenticate(username: user.username, password: Array(first.revealed().utf8))
            try registry.recordUse(of: try #require(found).password, at: now)
        }
        #expect(try used() == nil)
        let now = Date(timeIntervalSince1970: 2_000_000_000)
        try logIn(at: now)
        #expect(try used() == now)
        try logIn(at: now.addingTimeInterval(Registry.passwordUseIntervalSeconds - 1))
        #expect(try used() == now)
        try logIn(at: now.addingTimeInterval(Registry.passwordUseIntervalSeconds))
        #expect(try used() == now.addingTimeInterval(Registry.passwordUseIntervalSeconds))
        // After a clock was set back.
        try logIn(at: now)
        #expect(try used() == now)
    }

    @Test func asManyRowsAreReadForANameThatNobodyHasAsForAUsers() throws {
        let (deleted, _) = try registry.createUser(homeDirectory: "/b", description: "d", passwordLength: 16)
        #expect(try registry.deleteUser(named: deleted.username))
        let known = try registry.candidates(user.username)
        for name in [deleted.username, "NOBODY00", "", "a\0b", String(repeating: "A", count: 10_000)] {
            let unknown = try registry.candidates(name)
            #expect(unknown.count == known.count && unknown.allSatisfy { $0.found.user.id == 0 }, "\(name)")
            // As long to take apart, too.
            #expect(unknown.map(\.verifier.utf8.count) == known.map(\.verifier.utf8.count), "\(name)")
        }
    }

    @Test func nobodyHasNoPasswords() throws {
        #expect(try registry.passwords(of: "NOBODY00") == nil)
        #expect(try registry.resetPassword(of: "NOBODY00", length: 16, overlapSeconds: 0) == nil)
        #expect(try registry.passwords(of: "a\0b") == nil)
    }
}
