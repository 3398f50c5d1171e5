import Foundation
import GRDB

extension Registry {
    /// The kind of credential that a password is.
    static let passwordKind = "password"

    /// The columns of a user, in the order in which ``user(from:)`` reads them.
    static let userColumns =
        """
        user.id, user.username, user.home_directory, user.description, user.last_connected, user.created_at,
        user.legacy_algorithms
        """

    /// Makes a user with a fresh name and a fresh password of `passwordLength` characters.
    ///
    /// Throws `userLimitReached` when `maxUsers` (0: no limit) exist already. The arguments are not validated here.
    public func createUser(
        homeDirectory: String, description: String, passwordLength: Int, maxUsers: Int = 0
    ) throws(RegistryError) -> (User, Password) {
        var generator = SystemRandomNumberGenerator()
        let password = RandomText.draw(passwordLength, from: RandomText.alphanumerics, using: &generator)
        let verifier = PasswordVerifier(for: Array(password.utf8), using: &generator).stored
        let now = Date().millisecondsSinceEpoch
        let user = try write { db in
            try Self.checkUserLimit(maxUsers, db)
            let username = try Self.issueUsername(db, using: &generator)
            try db.cachedStatement(
                sql: "INSERT INTO user (username, home_directory, description, created_at) VALUES (?, ?, ?, ?)"
            ).execute(arguments: [username, homeDirectory, description, now])
            let id = db.lastInsertedRowID
            try db.cachedStatement(
                sql: "INSERT INTO credential (user_id, kind, verifier, created_at) VALUES (?, ?, ?, ?)"
            ).execute(arguments: [id, Self.passwordKind, verifier, now])
            return User(
                id: id, username: username, homeDirectory: homeDirectory, description: description,
                lastConnectedDate: nil, createdAt: Date(millisecondsSinceEpoch: now))
        }
        return (user, Password(password))
    }

    /// The user of that name, nil when there is none.
    public func user(named username: String) throws(RegistryError) -> User? {
        guard Username.isWellFormed(username) else { return nil }
        return try RegistryError.translating {
            try pool.unsafeRead { db in try Self.user(named: username, db) }
        }
    }

    /// Changes the members that are given; nil leaves one as it is. Returns the user as it is now, nil when there is none
    /// of that name.
    ///
    /// - Parameter check: throws when the user is not to be changed, which nobody else changes between that and this.
    /// - Throws: `RegistryError`, or what `check` threw.
    public func updateUser(
        named username: String, description: String? = nil, homeDirectory: String? = nil,
        if check: (User) throws -> Void = { _ in }
    ) throws -> User? {
        guard Username.isWellFormed(username) else { return nil }
        return try checked(username, check) { db in
            let statement = try db.cachedStatement(
                sql: """
                    UPDATE user SET description = coalesce(?, description), home_directory = coalesce(?, home_directory)
                    WHERE username = ? RETURNING \(Self.userColumns)
                    """)
            return try Row.fetchOne(statement, arguments: [description, homeDirectory, username])
                .map(Self.user(from:))
        }
    }

    /// Gives the user the right to log in with weak algorithms, or takes it away. Returns the user as it is now, nil when
    /// there is none of that name.
    public func setLegacyAlgorithms(_ isAllowed: Bool, named username: String) throws(RegistryError) -> User? {
        guard Username.isWellFormed(username) else { return nil }
        return try write { db in
            let statement = try db.cachedStatement(
                sql: "UPDATE user SET legacy_algorithms = ? WHERE username = ? RETURNING \(Self.userColumns)")
            return try Row.fetchOne(statement, arguments: [isAllowed, username]).map(Self.user(from:))
        }
    }

    /// Up to `limit` users made after the one with the id `after` (nil: from the first), in the order of creation.
    ///
    /// The cost doesn't grow with the number of users before them.
    public func users(after: Int64?, limit: Int) throws(RegistryError) -> [User] {
        try RegistryError.translating {
            try pool.unsafeRead { db in
                let statement = try db.cachedStatement(
                    sql: "SELECT \(Self.userColumns) FROM user WHERE id > ? ORDER BY id LIMIT ?")
                return try Row.fetchAll(statement, arguments: [after ?? 0, max(0, limit)]).map(Self.user(from:))
            }
        }
    }

    /// Deletes the user and its credentials; the name stays taken. False when there is none of that name.
    ///
    /// - Parameter check: as with ``updateUser(named:description:homeDirectory:if:)``.
    /// - Throws: `RegistryError`, or what `check` threw.
    public func deleteUser(named username: String, if check: (User) throws -> Void = { _ in }) throws -> Bool {
        guard Username.isWellFormed(username) else { return false }
        return try checked(username, check) { db in
            try db.cachedStatement(sql: "DELETE FROM user WHERE username = ?").execute(arguments: [username])
            return db.changesCount > 0
        }
    }

    /// Runs `change` in a transaction once `check` has let the user pass; the change finds by itself that there is none.
    private func checked<Value>(
        _ username: String, _ check: (User) throws -> Void, _ change: (Database) throws -> Value
    ) throws -> Value {
        // The refusal comes back as a value: it is no failure of the registry's, and there is nothing to undo.
        let outcome: Result<Value, any Error> = try write { db in
            do {
                if let user = try Self.user(named: username, db) { try check(user) }
            } catch {
                guard !(error is RegistryError), !(error is DatabaseError) else { throw error }
                return .failure(error)
            }
            return .success(try change(db))
        }
        return try outcome.get()
    }

    private static func user(named username: String, _ db: Database) throws -> User? {
        let statement = try db.cachedStatement(sql: "SELECT \(userColumns) FROM user WHERE username = ?")
        return try Row.fetchOne(statement, arguments: [username]).map(user(from:))
    }

    static func user(from row: Row) throws(RegistryError) -> User {
        User(
            id: try row.column(0), username: try row.column(1), homeDirectory: try row.column(2),
            description: try row.column(3), lastConnectedDate: try row.day(4), createdAt: try row.date(5),
            legacyAlgorithms: try row.column(6))
    }

    private static func checkUserLimit(_ maxUsers: Int, _ db: Database) throws {
        guard maxUsers > 0 else { return }
        let count = try Int.fetchOne(try db.cachedStatement(sql: "SELECT user_count FROM installation")) ?? 0
        guard count < maxUsers else { throw RegistryError.userLimitReached(limit: maxUsers) }
    }

    /// Takes a name that was never given to anybody. Of 2 × 10¹² names, a few tries find a free one.
    private static func issueUsername(_ db: Database, using generator: inout some RandomNumberGenerator) throws
        -> String
    {
        for _ in 0..<100 {
            let candidate = Username.draw(using: &generator)
            try db.cachedStatement(sql: "INSERT OR IGNORE INTO issued_username (username) VALUES (?)")
                .execute(arguments: [candidate])
            if db.changesCount > 0 { return candidate }
        }
        throw RegistryError.unexpected(reason: "no free username was found")
    }
}
