import Foundation
import GRDB
import GRDBSQLite
import Synchronization

@testable import Registry

/// A registry whose statements are noted, and the pages that it looks at counted.
final class WatchedRegistry {
    /// What connections did, and where they are.
    private final class Record: @unchecked Sendable {
        private let lock = NSLock()
        private var statements: Set<String> = []
        private var connections: [OpaquePointer] = []

        func watch(_ db: Database) {
            db.trace { [self] event in
                guard case .statement(let statement) = event else { return }
                lock.withLock { _ = statements.insert(statement.sql) }
            }
            lock.withLock { if let connection = db.sqliteConnection { connections.append(connection) } }
        }

        var all: Set<String> { lock.withLock { statements } }

        /// Pages that were asked for, in memory or not, since the last time.
        func takePages() -> Int {
            lock.withLock {
                connections.reduce(0) { sum, connection in
                    sum
                        + [SQLITE_DBSTATUS_CACHE_HIT, SQLITE_DBSTATUS_CACHE_MISS].reduce(0) { sum, counter in
                            var current: CInt = 0
                            var highest: CInt = 0
                            sqlite3_db_status(connection, counter, &current, &highest, 1)
                            return sum + Int(current)
                        }
                }
            }
        }
    }

    let temporary: TemporaryRegistry
    let registry: Registry
    private let record = Record()

    init() throws {
        temporary = try TemporaryRegistry()
        registry = try Registry(path: temporary.path, watching: { [record] in record.watch($0) })
    }

    /// The texts of all statements since the registry was opened, its triggers' and transactions' not among them.
    var statements: [String] {
        let words = ["SELECT", "INSERT", "UPDATE", "DELETE", "WITH"]
        return record.all.filter { text in words.contains { text.hasPrefix($0) } }.sorted()
    }

    /// Pages of the database that `operation` looks at.
    func pages(_ operation: () throws -> Void) rethrows -> Int {
        _ = record.takePages()
        try operation()
        return record.takePages()
    }

    /// Pages that another look at the same database takes, from its opening to its first answer.
    func pagesOfOpening() throws -> Int {
        let record = Record()
        let other = try Registry(path: temporary.path, watching: { record.watch($0) })
        try other.check()
        return record.takePages()
    }

    /// What SQLite would do for a statement, step by step.
    func plan(of statement: String) throws -> [String] {
        try registry.pool.read { db in
            let explanation = try db.makeStatement(sql: "EXPLAIN QUERY PLAN " + statement)
            // The statement's own parameters stay unbound.
            explanation.setUncheckedArguments([])
            return try Row.fetchAll(explanation).map { $0["detail"] }
        }
    }

    /// Makes users by SQL alone, each with a password that nobody has and a source of its own, in one transaction.
    func fill(users count: Int) throws {
        try registry.write { db in
            let numbers = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < \(count))"
            try db.execute(
                sql: """
                    \(numbers) INSERT INTO issued_username SELECT printf('A%07d', i) FROM n;
                    \(numbers) INSERT INTO user (username, home_directory, description, created_at)
                        SELECT printf('A%07d', i), '/filled/' || i, 'filled', 0 FROM n;
                    INSERT INTO credential (user_id, kind, verifier, created_at)
                        SELECT id, 'password', 'hmac-sha256$AAAAAAAAAAAAAAAAAAAAAA==$', 0 FROM user;
                    INSERT INTO known_source
                        SELECT id, '10.' || (id / 65536) || '.' || (id / 256 % 256) || '.' || (id % 256),
                            date('2026-11-01', (id % 25) || ' days') FROM user;
                    """)
        }
    }
}
