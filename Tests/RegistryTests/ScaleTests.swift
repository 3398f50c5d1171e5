import Foundation
import GRDB
import Testing

@testable import Registry

/// What keeps a registry with a million users as fast as one with a thousand. Times are measured by `scripts/bench`.
@Suite struct ScaleTests {
    /// Tables with a row, or several, for each user.
    private static let growing = ["user", "credential", "issued_username", "known_source"]

    private struct Operation {
        let name: String
        let run: (Registry) throws -> Void

        init(_ name: String, _ run: @escaping (Registry) throws -> Void) {
            self.name = name
            self.run = run
        }
    }

    /// Everything that is done with a registry that may have many users, on one of them or on all.
    private func operations(on user: String, _ password: [UInt8], _ key: APIKey, _ secret: String) throws -> [Operation]
    {
        var day = try #require(CalendarDate("2026-11-23"))
        let block = BlockedSource(
            source: "192.0.2.1", beganAt: Date(), endsAt: Date() + 60, number: 1, failures: 10, reason: "x")
        func tomorrow() -> CalendarDate {
            day = CalendarDate(secondsSinceEpoch: day.secondsSinceEpoch + 86_400)
            return day
        }
        return [
            Operation("create") {
                _ = try $0.createUser(homeDirectory: "/a", description: "d", passwordLength: 16, maxUsers: 1_000_000)
            },
            Operation("read") { _ = try $0.user(named: user) },
            Operation("read nobody") { _ = try $0.user(named: "ZZZZZZZZ") },
            Operation("update") { _ = try $0.updateUser(named: user, description: "e", homeDirectory: "/b") },
            Operation("algorithms") { _ = try $0.setLegacyAlgorithms(true, named: user) },
            Operation("first page") { _ = try $0.users(after: nil, limit: 51) },
            Operation("middle page") { _ = try $0.users(after: Int64(try $0.userCount() / 2), limit: 51) },
            Operation("last page") { _ = try $0.users(after: Int64(try $0.userCount() - 60), limit: 51) },
            Operation("log in") { _ = try $0.authenticate(username: user, password: password) },
            Operation("guess") { _ = try $0.authenticate(username: "ZZZZZZZZ", password: password) },
            Operation("day of the login") { try $0.recordConnection(username: user, on: tomorrow()) },
            Operation("source of the login") { try $0.recordLogin(from: "192.0.2.1", ofUser: user, on: tomorrow()) },
            Operation("is the source known") { _ = try $0.knows(source: "192.0.2.1", ofUser: user, on: .today) },
            Operation("known sources") {
                _ = try $0.knownSources(on: try #require(CalendarDate("2026-11-23")), limit: 20)
            },
            Operation("count") { try $0.check() },
            Operation("blocks") {
                try $0.save(block)
                _ = try $0.blocks()
                try $0.removeBlocks(of: ["192.0.2.1"])
            },
            Operation("key") { _ = try $0.apiKey(matching: secret) },
            Operation("use of a key") { try $0.recordUse(of: key, on: tomorrow()) },
            Operation("keys") {
                _ = try $0.revokeAPIKey(id: $0.createAPIKey(name: "x").0.id)
                _ = try $0.apiKeys()
            },
            Operation("delete") { registry in
                let made = try registry.createUser(homeDirectory: "/a", description: "d", passwordLength: 16).0
                try registry.recordLogin(from: "192.0.2.1", ofUser: made.username, on: .today)
                _ = try registry.deleteUser(named: made.username)
            },
        ]
    }

    /// A registry with that many users, and what is done with it.
    private func place(users: Int) throws -> (WatchedRegistry, [Operation]) {
        let watched = try WatchedRegistry()
        if users > 0 { try watched.fill(users: users) }
        let (user, password) = try watched.registry.createUser(
            homeDirectory: "/a", description: "d", passwordLength: 16)
        let (key, secret) = try watched.registry.createAPIKey(name: "x")
        return (watched, try operations(on: user.username, password.bytes, key, secret.revealed()))
    }

    @Test func noStatementGoesThroughATableThatGrowsWithTheUsers() throws {
        let (watched, operations) = try place(users: 0)
        for operation in operations { try operation.run(watched.registry) }
        let statements = watched.statements
        #expect(statements.count > operations.count, "\(statements)")
        for statement in statements {
            let plan = try watched.plan(of: statement)
            for step in plan where step.hasPrefix("SCAN") {
                let table = step.split(separator: " ").dropFirst().first.map(String.init) ?? ""
                #expect(!Self.growing.contains(table), "\(statement): \(plan)")
            }
        }
        // What the rule is there for is seen.
        let slow = try watched.plan(of: "SELECT * FROM user WHERE home_directory = ?")
        #expect(slow == ["SCAN user"])
    }

    @Test func eachReferenceToAUserHasAnIndex() throws {
        let (watched, _) = try place(users: 0)
        try watched.registry.pool.read { db in
            let tables = try String.fetchAll(db, sql: "SELECT name FROM sqlite_schema WHERE type = 'table'")
            var references = 0
            for table in tables {
                for key in try db.foreignKeys(on: table) {
                    references += 1
                    // A deletion looks for rows that refer to what it deletes.
                    let columns = key.mapping.map { "\($0.origin) = 1" }.joined(separator: " AND ")
                    let plan = try Row.fetchAll(db, sql: "EXPLAIN QUERY PLAN SELECT 1 FROM \(table) WHERE \(columns)")
                    #expect(plan.allSatisfy { !($0["detail"] as String).hasPrefix("SCAN") }, "\(table): \(columns)")
                }
            }
            #expect(references >= 3)
        }
    }

    @Test func anOperationLooksAtAboutAsManyPagesWithManyUsersAsWithFew() throws {
        let (few, fewOperations) = try place(users: 200)
        let (many, manyOperations) = try place(users: 40_000)
        // Both tables and indexes are one level higher then; a step of a tree is a page. A walk would be hundreds.
        for (one, other) in zip(fewOperations, manyOperations) {
            let counts = try (0..<5).map { _ in
                (try few.pages { try one.run(few.registry) }, try many.pages { try other.run(many.registry) })
            }
            let (least, most) = (counts.map(\.0).min() ?? 0, counts.map(\.1).min() ?? 0)
            #expect(least > 0 && most <= 2 * least + 8, "\(one.name): \(least) and \(most)")
        }
    }

    @Test func openingLooksAtAsManyPagesWithManyUsersAsWithFew() throws {
        let (few, _) = try place(users: 200)
        let (many, _) = try place(users: 40_000)
        let (least, most) = (try few.pagesOfOpening(), try many.pagesOfOpening())
        #expect(least > 0 && most <= 2 * least + 8, "\(least) and \(most)")
    }
}
