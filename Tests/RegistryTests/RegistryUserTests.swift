import Foundation
import GRDB
import Testing

@testable import Registry

@Suite struct RegistryUserTests {
    let temporary: TemporaryRegistry
    var registry: Registry { temporary.registry }

    init() throws {
        temporary = try TemporaryRegistry()
    }

    @Test func aCreatedUserIsReadBackAsItWasReturned() throws {
        let (user, _) = try registry.createUser(homeDirectory: "/acme", description: "Acme Corp", passwordLength: 16)
        #expect(try registry.user(named: user.username) == user)
        #expect(user.homeDirectory == "/acme")
        #expect(user.description == "Acme Corp")
        #expect(user.lastConnectedDate == nil)
        #expect(abs(user.createdAt.timeIntervalSinceNow) < 60)
        #expect(Username.isWellFormed(user.username))
    }

    @Test func usersOutliveTheProcess() throws {
        let (user, password) = try temporary.makeUser()
        let again = try Registry(path: temporary.path)
        #expect(try again.user(named: user.username) == user)
        #expect(try again.authenticate(username: user.username, password: password.bytes)?.user == user)
        #expect(again.accountID == registry.accountID)
        #expect(again.pageTokenKey == registry.pageTokenKey)
    }

    @Test(arguments: [16, 17, 127, 128])
    func passwordsHaveTheLengthAskedForAndTheAlphabet(length: Int) throws {
        let (_, password) = try registry.createUser(homeDirectory: "/", description: "d", passwordLength: length)
        #expect(password.bytes.count == length)
        #expect(password.revealed().allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber) })
    }

    @Test func updatesChangeWhatIsGivenAndNothingElse() throws {
        let (user, password) = try temporary.makeUser(home: "/old")
        let described = try #require(try registry.updateUser(named: user.username, description: "new"))
        #expect(described.description == "new" && described.homeDirectory == "/old")
        let moved = try #require(try registry.updateUser(named: user.username, homeDirectory: "/new"))
        #expect(moved.description == "new" && moved.homeDirectory == "/new")
        #expect(moved.id == user.id && moved.createdAt == user.createdAt)
        #expect(try registry.authenticate(username: user.username, password: password.bytes)?.user == moved)
    }

    @Test func theRightToWeakAlgorithmsIsOffAtFirstAndStaysAsItWasSet() throws {
        let (user, password) = try temporary.makeUser()
        let (other, _) = try temporary.makeUser()
        #expect(!user.legacyAlgorithms)
        for isAllowed in [true, false] {
            let changed = try #require(try registry.setLegacyAlgorithms(isAllowed, named: user.username))
            #expect(changed.legacyAlgorithms == isAllowed)
            #expect(changed.id == user.id && changed.homeDirectory == user.homeDirectory)
            #expect(try registry.authenticate(username: user.username, password: password.bytes)?.user == changed)
            #expect(try registry.updateUser(named: user.username, description: "e")?.legacyAlgorithms == isAllowed)
            #expect(try registry.users(after: nil, limit: 2).map(\.legacyAlgorithms) == [isAllowed, false])
            #expect(try Registry(path: temporary.path).user(named: user.username)?.legacyAlgorithms == isAllowed)
        }
        #expect(try registry.user(named: other.username) == other)
    }

    @Test func anUnknownUserCantBeUpdatedOrDeleted() throws {
        #expect(try registry.setLegacyAlgorithms(true, named: "AAAAAAAA") == nil)
        #expect(try registry.setLegacyAlgorithms(true, named: "no name") == nil)
        #expect(try registry.updateUser(named: "AAAAAAAA", description: "x") == nil)
        #expect(try !registry.deleteUser(named: "AAAAAAAA"))
    }

    @Test func deletingTakesTheUserAndItsCredentialsAndASecondTimeFindsNothing() throws {
        let (user, password) = try temporary.makeUser()
        #expect(try registry.deleteUser(named: user.username))
        #expect(try !registry.deleteUser(named: user.username))
        #expect(try registry.user(named: user.username) == nil)
        #expect(try registry.authenticate(username: user.username, password: password.bytes) == nil)
        let credentials = try registry.pool.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM credential") }
        #expect(credentials == 0)
    }

    @Test func aNameIsNeverIssuedAgain() throws {
        let (user, _) = try temporary.makeUser()
        _ = try registry.deleteUser(named: user.username)
        let issued = try registry.pool.read {
            try String.fetchAll($0, sql: "SELECT username FROM issued_username")
        }
        #expect(issued == [user.username])
        #expect(throws: (any Error).self) {
            try registry.pool.write {
                try $0.execute(sql: "INSERT INTO issued_username VALUES (?)", arguments: [user.username])
            }
        }
    }

    @Test func idsAreNotReusedAfterTheLastUserIsDeleted() throws {
        let (first, _) = try temporary.makeUser()
        _ = try registry.deleteUser(named: first.username)
        let (second, _) = try temporary.makeUser()
        #expect(second.id > first.id)
    }

    @Test func theLimitOfUsersHoldsAndADeletionMakesRoom() throws {
        let (first, _) = try temporary.makeUser(maxUsers: 2)
        _ = try temporary.makeUser(maxUsers: 2)
        #expect(throws: RegistryError.userLimitReached(limit: 2)) { try temporary.makeUser(maxUsers: 2) }
        #expect(try registry.userCount() == 2)
        _ = try registry.deleteUser(named: first.username)
        _ = try temporary.makeUser(maxUsers: 2)
        #expect(try registry.userCount() == 2)
    }

    @Test func aRefusedCreationIssuesNoName() throws {
        _ = try temporary.makeUser(maxUsers: 1)
        _ = try? temporary.makeUser(maxUsers: 1)
        let issued = try registry.pool.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM issued_username") }
        #expect(issued == 1)
    }

    @Test func aWalkShowsEachUserOnceInTheOrderOfCreation() throws {
        let names = try (0..<7).map { _ in try temporary.makeUser().0.username }
        var seen: [String] = []
        var after: Int64?
        while case let page = try registry.users(after: after, limit: 3), let last = page.last {
            seen += page.map(\.username)
            after = last.id
        }
        #expect(seen == names)
    }

    @Test func concurrentCreationsAllSucceedWithDifferentNames() async throws {
        let registry = registry
        let names = try await withThrowingTaskGroup(of: String.self) { group in
            for _ in 0..<40 {
                group.addTask {
                    try registry.createUser(homeDirectory: "/", description: "d", passwordLength: 16).0.username
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(Set(names).count == 40)
        #expect(try registry.userCount() == 40)
    }

    @Test func connectionsAreNotedByDay() throws {
        let (user, _) = try temporary.makeUser()
        let day = try #require(CalendarDate("2026-11-23"))
        try registry.recordConnection(username: user.username, on: day)
        #expect(try registry.user(named: user.username)?.lastConnectedDate == day)
        try registry.recordConnection(username: "AAAAAAAA", on: day)
    }

    @Test func aSecondConnectionOfADayWritesNothing() throws {
        let (user, _) = try temporary.makeUser()
        let day = try #require(CalendarDate("2026-11-23"))
        // Changes when another connection than the one asked commits: days have a connection of their own.
        func changes() throws -> Int? {
            try registry.pool.writeWithoutTransaction { try Int.fetchOne($0, sql: "PRAGMA data_version") }
        }
        let start = try changes()
        try registry.recordConnection(username: user.username, on: day)
        let once = try changes()
        try registry.recordConnection(username: user.username, on: day)
        #expect(once != nil && once != start)
        #expect(try changes() == once)
    }
}
