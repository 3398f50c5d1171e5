import Foundation
import GRDB

extension Registry {
    /// The user whose password this is; nil when there is no such user or the password is wrong, which take the same time.
    public func authenticate(username: String, password: [UInt8]) throws(RegistryError) -> AuthenticatedUser? {
        let candidates = try candidates(username)
        // As many as a user can have at most: during an overlap two are valid.
        for _ in candidates.count..<max(candidates.count, 2) {
            _ = PasswordVerifier(stored: nobodysVerifier)?.matches(password)
        }
        var match: AuthenticatedUser?
        for candidate in candidates where PasswordVerifier(stored: candidate.verifier)?.matches(password) == true {
            match = candidate.found
        }
        // Ids of users begin at 1.
        return match.flatMap { $0.user.id > 0 ? $0 : nil }
    }

    /// What a password of that name is compared with.
    ///
    /// Where there is no such user, the statement gives a row of nobody's instead, so that as many are read and compared.
    ///
    /// One indexed look-up outside of any transaction: fast enough for a thread that everything else waits for.
    func candidates(_ username: String) throws(RegistryError) -> [(found: AuthenticatedUser, verifier: String)] {
        // A name with a NUL would end at it in SQLite. What can't be a username is looked up as one that is never given.
        let name = Username.isWellFormed(username) ? username : "00000000"
        return try RegistryError.translating {
            try pool.unsafeRead { db in
                let statement = try db.cachedStatement(
                    sql: """
                        SELECT \(Self.userColumns), credential.verifier, \(Self.passwordColumns)
                        FROM user JOIN credential ON credential.user_id = user.id AND credential.kind = :kind
                        WHERE user.username = :name AND (credential.expires_at IS NULL OR credential.expires_at > :now)
                        UNION ALL
                        SELECT 0, :name, '/', '', '2000-01-01', 0, 0, :nobody, 0, 0, NULL, NULL WHERE NOT EXISTS (
                            SELECT 1 FROM user JOIN credential
                                ON credential.user_id = user.id AND credential.kind = :kind
                            WHERE user.username = :name
                                AND (credential.expires_at IS NULL OR credential.expires_at > :now))
                        """)
                let arguments: StatementArguments = [
                    "kind": Self.passwordKind, "name": name, "now": Date().millisecondsSinceEpoch,
                    "nobody": nobodysVerifier,
                ]
                return try Row.fetchAll(statement, arguments: arguments).map { row in
                    let password = try Self.password(from: row, at: 8)
                    return (
                        found: AuthenticatedUser(user: try Self.user(from: row), password: password),
                        verifier: try row.column(7, as: String.self)
                    )
                }
            }
        }
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
