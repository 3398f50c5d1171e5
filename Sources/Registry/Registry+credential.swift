import Foundation
import GRDB

extension Registry {
    /// Makes the key that the credential holds the one valid key of a credential, with the right `admin` and without an end; nil
    /// when there is no credential, and then no key of one is valid.
    ///
    /// All of it happens at once. A key that somebody has revoked does not come back; one that ended since the credential held
    /// another, or none, does, as a new one.
    public func setCredentialKey(_ digest: APIKeyDigest?) throws(RegistryError) -> CredentialKeyChange {
        let now = Date().millisecondsSinceEpoch
        return try write { db in
            let ended = try Int64.fetchAll(
                db,
                sql: """
                    DELETE FROM api_key WHERE from_credential AND revoked_at IS NULL AND digest IS NOT ? RETURNING id
                    """,
                arguments: [digest?.bytes])
            guard let digest else { return CredentialKeyChange(present: .none, ended: ended) }
            let found = try Row.fetchOne(
                db, sql: "SELECT \(Self.apiKeyColumns), revoked_at FROM api_key WHERE digest = ?",
                arguments: [digest.bytes])
            if let found {
                let key = try Self.apiKey(from: found)
                if try found.optionalDate(7) != nil {
                    return CredentialKeyChange(present: .revoked(id: key.id), ended: ended)
                }
                if key.isFromCredential { return CredentialKeyChange(present: .unchanged(key), ended: ended) }
            }
            // One that was made here becomes the credential's, whatever its rights were.
            let row = try Row.fetchOne(
                db,
                sql: """
                    INSERT INTO api_key (name, digest, rights, created_at, from_credential) VALUES (?, ?, ?, ?, 1)
                    ON CONFLICT (digest) DO UPDATE SET
                        name = excluded.name, rights = excluded.rights, expires_at = NULL, from_credential = 1
                    RETURNING \(Self.apiKeyColumns)
                    """,
                arguments: [APIKey.credentialName, digest.bytes, AccessRight.stored([.admin]), now])
            guard let row else { throw RegistryError.unexpected(reason: "an inserted API key was not returned") }
            return CredentialKeyChange(present: .taken(try Self.apiKey(from: row)), ended: ended)
        }
    }
}
