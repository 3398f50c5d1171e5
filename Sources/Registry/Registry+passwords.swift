import Foundation
import GRDB

extension Registry {
    /// Seconds that a use of a password need not be noted after the last one that was: a login seldom writes then.
    public static let passwordUseIntervalSeconds = 60.0

    /// The columns of a password, in the order in which ``password(from:at:)`` reads them.
    static let passwordColumns = "credential.id, credential.created_at, credential.expires_at, credential.last_used"

    /// Gives the user a fresh password of `length` characters.
    ///
    /// The one before it stays valid for `overlapSeconds`, and ends at once with 0, with every other. Where an older one is
    /// still valid for a time, it keeps that time and the one in between goes: at most two are ever valid.
    ///
    /// - Returns: the password, and until when the previous one is valid; nil when there is no user of that name.
    public func resetPassword(
        of username: String, length: Int, overlapSeconds: Int, at now: Date = Date()
    ) throws(RegistryError) -> (Password, previousExpiresAt: Date?)? {
        guard Username.isWellFormed(username) else { return nil }
        var generator = SystemRandomNumberGenerator()
        let password = RandomText.draw(length, from: RandomText.alphanumerics, using: &generator)
        let verifier = PasswordVerifier(for: Array(password.utf8), using: &generator).stored
        let milliseconds = now.millisecondsSinceEpoch
        return try write { db in
            guard let user = try Self.userID(username, db) else { return nil }
            let older = try Self.validPasswords(of: user, at: milliseconds, db)
            // Those that ended go, too.
            var kept: StoredPassword?
            if overlapSeconds > 0 { kept = older.first { $0.expiresAt != nil } ?? older.first }
            try db.cachedStatement(sql: "DELETE FROM credential WHERE user_id = ? AND kind = ? AND id IS NOT ?")
                .execute(arguments: [user, Self.passwordKind, kept?.id])
            var end = kept?.expiresAt
            if let kept, end == nil {
                let until = Date(millisecondsSinceEpoch: milliseconds + Int64(overlapSeconds) * 1_000)
                try db.cachedStatement(sql: "UPDATE credential SET expires_at = ? WHERE id = ?")
                    .execute(arguments: [until.millisecondsSinceEpoch, kept.id])
                end = until
            }
            try db.cachedStatement(
                sql: "INSERT INTO credential (user_id, kind, verifier, created_at) VALUES (?, ?, ?, ?)"
            ).execute(arguments: [user, Self.passwordKind, verifier, milliseconds])
            return (Password(password), end)
        }
    }

    /// The passwords of a user that are valid, in the order in which they were made; nil when there is no user of that name.
    public func passwords(of username: String, at now: Date = Date()) throws(RegistryError) -> [StoredPassword]? {
        guard Username.isWellFormed(username) else { return nil }
        return try RegistryError.translating {
            try pool.read { db in
                guard let user = try Self.userID(username, db) else { return nil }
                return try Self.validPasswords(of: user, at: now.millisecondsSinceEpoch, db)
            }
        }
    }

    /// Ends a password of a user at once, unless it is the only valid one.
    public func deletePassword(
        _ id: Int64, of username: String, at now: Date = Date()
    ) throws(RegistryError) -> PasswordDeletion {
        guard Username.isWellFormed(username) else { return .noSuchUser }
        return try write { db in
            guard let user = try Self.userID(username, db) else { return .noSuchUser }
            let valid = try Self.validPasswords(of: user, at: now.millisecondsSinceEpoch, db)
            guard valid.contains(where: { $0.id == id }) else { return .noSuchPassword }
            guard valid.count > 1 else { return .last }
            try db.cachedStatement(sql: "DELETE FROM credential WHERE id = ?").execute(arguments: [id])
            return .deleted
        }
    }

    /// Notes that somebody logged in with the password; writes only when the last use that was noted is long enough ago.
    ///
    /// Not waited for on the disk: a login doesn't depend on it.
    public func recordUse(of password: StoredPassword, at now: Date = Date()) throws(RegistryError) {
        let past = password.lastUsedAt.map { now.timeIntervalSince($0) }
        // A clock that was set back is no reason not to write.
        guard past.map({ !(0..<Self.passwordUseIntervalSeconds).contains($0) }) ?? true else { return }
        try writeWithoutSync(
            sql: "UPDATE credential SET last_used = ? WHERE id = ?",
            arguments: [now.millisecondsSinceEpoch, password.id])
    }

    /// Reads a password whose columns begin at `index`.
    static func password(from row: Row, at index: Int) throws(RegistryError) -> StoredPassword {
        StoredPassword(
            id: try row.column(index), createdAt: try row.date(index + 1),
            expiresAt: try row.optionalDate(index + 2), lastUsedAt: try row.optionalDate(index + 3))
    }

    private static func userID(_ username: String, _ db: Database) throws -> Int64? {
        try Int64.fetchOne(
            try db.cachedStatement(sql: "SELECT id FROM user WHERE username = ?"), arguments: [username])
    }

    private static func validPasswords(of user: Int64, at now: Int64, _ db: Database) throws -> [StoredPassword] {
        let statement = try db.cachedStatement(
            sql: """
                SELECT \(passwordColumns) FROM credential
                WHERE user_id = ? AND kind = ? AND (expires_at IS NULL OR expires_at > ?) ORDER BY id
                """)
        return try Row.fetchAll(statement, arguments: [user, passwordKind, now]).map { try password(from: $0, at: 0) }
    }
}
