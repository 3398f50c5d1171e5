import Foundation
import GRDB

extension Registry {
    /// The columns of an API key, in the order in which ``apiKey(from:)`` reads them.
    static let apiKeyColumns = "id, name, rights, created_at, expires_at, last_used, from_credential"

    /// Makes an API key. The secret is in the result and nowhere else: only its digest is stored.
    public func createAPIKey(
        name: String, rights: Set<AccessRight> = [.admin], expiresAt: Date? = nil
    ) throws(RegistryError) -> (APIKey, Secret) {
        var generator = SystemRandomNumberGenerator()
        let secret = APIKeySecret.draw(using: &generator)
        let digest = APIKeySecret.digest(of: secret.revealed())
        let now = Date().millisecondsSinceEpoch
        let key = try write { db in
            let row = try Row.fetchOne(
                db,
                sql: """
                    INSERT INTO api_key (name, digest, rights, created_at, expires_at) VALUES (?, ?, ?, ?, ?)
                    RETURNING \(Self.apiKeyColumns)
                    """,
                arguments: [name, digest, AccessRight.stored(rights), now, expiresAt?.millisecondsSinceEpoch])
            guard let row else { throw RegistryError.unexpected(reason: "an inserted API key was not returned") }
            return try Self.apiKey(from: row)
        }
        return (key, secret)
    }

    /// API keys that were not revoked, in the order of creation, those that have expired included: up to `limit` of those
    /// made after the one with the id `after` (nil: from the first).
    public func apiKeys(after: Int64? = nil, limit: Int = .max) throws(RegistryError) -> [APIKey] {
        try RegistryError.translating {
            try pool.unsafeRead { db in
                try Row.fetchAll(
                    db,
                    sql: """
                        SELECT \(Self.apiKeyColumns) FROM api_key WHERE revoked_at IS NULL AND id > ? ORDER BY id LIMIT ?
                        """,
                    arguments: [after ?? 0, max(0, limit)]
                ).map(Self.apiKey(from:))
            }
        }
    }

    /// Whether a key with the right `admin` is valid.
    public func hasAdministrator() throws(RegistryError) -> Bool {
        let now = Date()
        return try apiKeys().contains { $0.isAdministrator(at: now) }
    }

    /// Ends an API key at once.
    ///
    /// - Parameter guarded: whether the only valid key with the right `admin` stays, and the one of the credential. That one
    ///   counts as one with the right: where it is the only other one, a key that others got hold of has to be revocable with
    ///   it. A start that finds no credential may be left without any; it says so.
    public func revokeAPIKey(id: Int64, guarded: Bool = false) throws(RegistryError) -> APIKeyRevocation {
        let now = Date()
        return try write { db in
            let present = try Row.fetchAll(
                db, sql: "SELECT \(Self.apiKeyColumns) FROM api_key WHERE revoked_at IS NULL"
            ).map(Self.apiKey(from:))
            guard let key = present.first(where: { $0.id == id }) else { return .noSuchKey }
            if guarded, key.isFromCredential { return .fromCredential }
            let administrators = present.filter { $0.isAdministrator(at: now) }
            if guarded, administrators.map(\.id) == [id] { return .lastAdmin }
            try db.execute(
                sql: "UPDATE api_key SET revoked_at = ? WHERE id = ?", arguments: [now.millisecondsSinceEpoch, id])
            return .revoked
        }
    }

    /// The API key that `presented` is; nil when it is none, was revoked or has expired.
    public func apiKey(matching presented: String) throws(RegistryError) -> APIKey? {
        guard let digest = APIKeySecret.digest(of: presented) else { return nil }
        return try RegistryError.translating {
            try pool.unsafeRead { db in
                let statement = try db.cachedStatement(
                    sql: """
                        SELECT \(Self.apiKeyColumns) FROM api_key
                        WHERE digest = ? AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > ?)
                        """)
                return try Row.fetchOne(statement, arguments: [digest, Date().millisecondsSinceEpoch])
                    .map(Self.apiKey(from:))
            }
        }
    }

    /// Notes that the key was used on that day; writes only when the day is another than the one in `key`.
    public func recordUse(of key: APIKey, on day: CalendarDate) throws(RegistryError) {
        guard key.lastUsedDate != day else { return }
        try writeWithoutSync(
            sql: "UPDATE api_key SET last_used = ? WHERE id = ?", arguments: [day.description, key.id])
    }

    static func apiKey(from row: Row) throws(RegistryError) -> APIKey {
        APIKey(
            id: try row.column(0), name: try row.column(1), rights: AccessRight.rights(stored: try row.column(2)),
            createdAt: try row.date(3), expiresAt: try row.optionalDate(4), lastUsedDate: try row.day(5),
            isFromCredential: try row.column(6))
    }
}
