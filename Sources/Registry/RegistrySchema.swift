import Foundation
import GRDB

/// The schema of the registry, as the steps that led to it. A step that was released is never changed.
enum RegistrySchema {
    static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("1 users, credentials, API keys") { db in
            try db.execute(sql: first)
            try makeInstallation(db)
        }
        migrator.registerMigration("2 the right to weak algorithms") { db in
            try db.execute(
                sql: "ALTER TABLE user ADD COLUMN legacy_algorithms INTEGER NOT NULL DEFAULT 0")
        }
        migrator.registerMigration("3 blocks for failed logins, and from where users log in") { db in
            try db.execute(sql: guessing)
        }
        migrator.registerMigration("4 when passwords are used") { db in
            try db.execute(sql: "ALTER TABLE credential ADD COLUMN last_used INTEGER")
        }
        migrator.registerMigration("5 from where users log in, by day") { db in
            try db.execute(sql: "CREATE INDEX known_source_by_day ON known_source (last_login, source)")
        }
        migrator.registerMigration("6 the API key of a credential") { db in
            try db.execute(sql: "ALTER TABLE api_key ADD COLUMN from_credential INTEGER NOT NULL DEFAULT 0")
        }
        return migrator
    }

    /// Times are milliseconds since 1970-01-01T00:00:00Z; days are `YYYY-MM-DD`.
    private static let first = """
        CREATE TABLE installation (
            id INTEGER PRIMARY KEY CHECK (id = 1),
            account_id TEXT NOT NULL,
            page_token_key BLOB NOT NULL,
            user_count INTEGER NOT NULL DEFAULT 0,
            created_at INTEGER NOT NULL
        ) STRICT;

        -- Every name ever given to a user; rows stay when users go, so no partner inherits another's name.
        CREATE TABLE issued_username (
            username TEXT PRIMARY KEY
        ) STRICT, WITHOUT ROWID;

        -- AUTOINCREMENT: ids only grow, so they are the order of creation and safe as a place in a walk over all users.
        CREATE TABLE user (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            username TEXT NOT NULL UNIQUE REFERENCES issued_username (username),
            home_directory TEXT NOT NULL,
            description TEXT NOT NULL,
            last_connected TEXT,
            created_at INTEGER NOT NULL
        ) STRICT;

        -- Counting a million rows on each creation would cost more than the creation.
        CREATE TRIGGER user_made AFTER INSERT ON user
            BEGIN UPDATE installation SET user_count = user_count + 1; END;
        CREATE TRIGGER user_deleted AFTER DELETE ON user
            BEGIN UPDATE installation SET user_count = user_count - 1; END;

        CREATE TABLE credential (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            user_id INTEGER NOT NULL REFERENCES user (id) ON DELETE CASCADE,
            kind TEXT NOT NULL,
            verifier TEXT NOT NULL,
            created_at INTEGER NOT NULL,
            expires_at INTEGER
        ) STRICT;
        CREATE INDEX credential_by_user ON credential (user_id, kind);

        CREATE TABLE api_key (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            name TEXT NOT NULL,
            digest BLOB NOT NULL UNIQUE,
            rights TEXT NOT NULL,
            created_at INTEGER NOT NULL,
            expires_at INTEGER,
            last_used TEXT,
            revoked_at INTEGER
        ) STRICT;
        """

    private static let guessing = """
        -- One for each source, an IPv4 address or an IPv6 /64: the last one.
        CREATE TABLE block (
            source TEXT PRIMARY KEY,
            began_at INTEGER NOT NULL,
            ends_at INTEGER NOT NULL,
            number INTEGER NOT NULL,
            failures INTEGER NOT NULL,
            reason TEXT NOT NULL
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE known_source (
            user_id INTEGER NOT NULL REFERENCES user (id) ON DELETE CASCADE,
            source TEXT NOT NULL,
            last_login TEXT NOT NULL,
            PRIMARY KEY (user_id, source)
        ) STRICT, WITHOUT ROWID;
        """

    private static func makeInstallation(_ db: Database) throws {
        var generator = SystemRandomNumberGenerator()
        try db.execute(
            sql: "INSERT INTO installation (id, account_id, page_token_key, created_at) VALUES (1, ?, ?, ?)",
            arguments: [
                UUID().uuidString.lowercased(), Data(RandomText.bytes(32, using: &generator)),
                Date().millisecondsSinceEpoch,
            ])
    }
}
