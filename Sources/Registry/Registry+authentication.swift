import Foundation
import GRDB

extension Registry {
    /// The user whose password this is; nil when there is no such user or the password is wrong, which take the same time.
    ///
    /// One indexed look-up outside of any transaction: fast enough for a thread that everything else waits for.
    public func authenticate(username: String, password: [UInt8]) throws(RegistryError) -> User? {
        // A name with a NUL would end at it in SQLite. What can't be a username is looked up as one that is never given.
        let name = Username.isWellFormed(username) ? username : "00000000"
        let rows = try RegistryError.translating {
            try pool.unsafeRead { db in
                let statement = try db.cachedStatement(
                    sql: """
                        SELECT \(Self.userColumns), credential.verifier
                        FROM user JOIN credential ON credential.user_id = user.id AND credential.kind = ?
                        WHERE user.username = ? AND (credential.expires_at IS NULL OR credential.expires_at > ?)
                        """)
                let now = Date().millisecondsSinceEpoch
                return try Row.fetchAll(statement, arguments: [Self.passwordKind, name, now]).map { row in
                    (user: try Self.user(from: row), verifier: try row.column(7, as: String.self))
                }
            }
        }
        guard !rows.isEmpty else {
            _ = PasswordVerifier(stored: nobodysVerifier)?.matches(password)
            return nil
        }
        var match: User?
        for row in rows where PasswordVerifier(stored: row.verifier)?.matches(password) == true {
            match = row.user
        }
        return match
    }

    /// Notes that `username` logged in on that day; writes only when the day is another than the one noted.
    ///
    /// Not waited for on the disk: a login doesn't depend on it.
    public func recordConnection(username: String, on day: CalendarDate) throws(RegistryError) {
        guard let user = try user(named: username), user.lastConnectedDate != day else { return }
        try writeWithoutSync(
            sql: "UPDATE user SET last_connected = ? WHERE username = ?", arguments: [day.description, username])
    }
}
