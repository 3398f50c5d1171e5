import Foundation
import GRDB
import Glibc
import Testing

@testable import Registry

@Suite struct RegistryFileTests {
    let temporary: TemporaryRegistry
    var registry: Registry { temporary.registry }

    init() throws {
        temporary = try TemporaryRegistry()
    }

    @Test func changesAreSyncedBeforeTheyAreAcknowledged() throws {
        func settings() throws -> [String] {
            try registry.pool.writeWithoutTransaction { db in
                try ["journal_mode", "synchronous", "foreign_keys", "busy_timeout"].map {
                    try String.fetchOne(db, sql: "PRAGMA \($0)") ?? ""
                }
            }
        }
        // 2 is FULL.
        #expect(try settings() == ["wal", "2", "1", "5000"])
        let (user, _) = try temporary.makeUser()
        try registry.recordConnection(username: user.username, on: .today)
        #expect(try settings() == ["wal", "2", "1", "5000"])
    }

    @Test func aFailedUnsyncedWriteRestoresTheSyncing() throws {
        #expect(throws: RegistryError.self) {
            try registry.writeWithoutSync(sql: "UPDATE none SET a = 1", arguments: [])
        }
        let synchronous = try registry.pool.writeWithoutTransaction { try Int.fetchOne($0, sql: "PRAGMA synchronous") }
        #expect(synchronous == 2)
    }

    @Test func theFilesAreForTheirOwnerAlone() throws {
        _ = try temporary.makeUser()
        for suffix in ["", "-wal", "-shm"] {
            #expect(try mode(temporary.path + suffix) == 0o600)
        }
        chmod(temporary.path, 0o644)
        _ = try Registry(path: temporary.path)
        #expect(try mode(temporary.path) == 0o600)
    }

    @Test func aDatabaseOfANewerBerthIsRefused() throws {
        try registry.pool.write { try $0.execute(sql: "INSERT INTO grdb_migrations VALUES ('2 of the future')") }
        #expect(throws: RegistryError.newerSchema(path: temporary.path)) { try Registry(path: temporary.path) }
    }

    @Test func aRegistryOfAnEarlierVersionIsBroughtUpToDateWithItsUsers() throws {
        let path = temporary.directory + "/old.sqlite"
        do {
            let queue = try DatabaseQueue(path: path)
            try RegistrySchema.migrator.migrate(queue, upTo: "1 users, credentials, API keys")
            try queue.write { db in
                try db.execute(
                    sql: """
                        INSERT INTO issued_username (username) VALUES ('OLDUSER1');
                        INSERT INTO user (username, home_directory, description, last_connected, created_at)
                        VALUES ('OLDUSER1', '/old', 'd', '2026-11-22', 5)
                        """)
            }
        }
        let migrated = try Registry(path: path)
        let user = try #require(try migrated.user(named: "OLDUSER1"))
        #expect(user.homeDirectory == "/old" && user.lastConnectedDate == CalendarDate("2026-11-22"))
        #expect(user.createdAt == Date(timeIntervalSince1970: 0.005) && !user.legacyAlgorithms)
        #expect(try migrated.userCount() == 1)
        #expect(try migrated.setLegacyAlgorithms(true, named: "OLDUSER1")?.legacyAlgorithms == true)
    }

    @Test func aFileThatIsNoDatabaseIsRefusedAndLeftAlone() throws {
        let path = temporary.directory + "/other.sqlite"
        let content = Data(String(repeating: "not a database\n", count: 100).utf8)
        try content.write(to: URL(fileURLWithPath: path))
        #expect {
            try Registry(path: path)
        } throws: {
            guard case RegistryError.damaged = $0 else { return false }
            return true
        }
        #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == content)
    }

    @Test func aMissingDirectoryIsNamed() throws {
        let path = temporary.directory + "/none/berth.sqlite"
        #expect {
            try Registry(path: path)
        } throws: {
            $0 as? RegistryError == .unopenable(path: path, reason: "No such file or directory")
        }
    }

    @Test func severalThatOpenANewRegistryAtOnceAgreeOnOneAccount() async throws {
        for round in 0..<5 {
            let path = temporary.directory + "/race\(round).sqlite"
            let accounts = try await withThrowingTaskGroup(of: String.self) { group in
                for _ in 0..<4 { group.addTask { try Registry(path: path).accountID } }
                return try await group.reduce(into: Set()) { $0.insert($1) }
            }
            #expect(accounts.count == 1)
        }
    }

    @Test func aFullDatabaseIsUnwritableAndLeavesNothingBehind() throws {
        try registry.pool.writeWithoutTransaction { db in
            let pages = try Int.fetchOne(db, sql: "PRAGMA page_count") ?? 0
            try db.execute(sql: "PRAGMA max_page_count = \(pages)")
        }
        let description = String(repeating: "x", count: 100_000)
        #expect {
            try registry.createUser(homeDirectory: "/", description: description, passwordLength: 16)
        } throws: { error in
            guard case RegistryError.unwritable(let reason) = error else { return false }
            return !reason.contains("xxx")
        }
        #expect(try registry.users(after: nil, limit: 10).isEmpty)
        #expect(try registry.userCount() == 0)
    }

    @Test func errorsHoldNoValues() throws {
        let (user, _) = try temporary.makeUser()
        #expect {
            try registry.write {
                try $0.execute(sql: "INSERT INTO issued_username VALUES (?)", arguments: [user.username])
            }
        } throws: {
            !"\($0)".contains(user.username) && $0 is RegistryError
        }
    }

    private func mode(_ path: String) throws -> mode_t {
        var status = stat()
        try #require(stat(path, &status) == 0)
        return status.st_mode & 0o777
    }
}
