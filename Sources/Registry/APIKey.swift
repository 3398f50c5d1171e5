import Foundation

/// An API key as the registry holds it: everything but the key itself, of which only a digest is stored.
public struct APIKey: Sendable, Equatable, Identifiable {
    /// The number by which operators name the key; never used twice.
    public let id: Int64
    /// The operator's name for the key; several keys may share one.
    public let name: String
    /// What the key may do.
    public let rights: Set<AccessRight>
    /// When the key was made, to the millisecond.
    public let createdAt: Date
    /// From when on the key is refused; nil when it has no end.
    public let expiresAt: Date?
    /// The day (UTC) of the last use; nil when there was none.
    public let lastUsedDate: CalendarDate?
    /// Whether it is the key of the credential, valid for as long as the service finds it there.
    public let isFromCredential: Bool

    /// The name of the credential that holds a key (systemd.exec(5)), and of that key.
    public static let credentialName = "berth-api-key"

    /// Whether it is a key with the right `admin` that is valid at that time, unless it was revoked.
    public func isAdministrator(at time: Date) -> Bool {
        rights.contains(.admin) && expiresAt.map { $0 > time } ?? true
    }

    /// Whether the key may do what `right` says.
    public func allows(_ right: AccessRight) -> Bool {
        rights.contains(right) || rights.contains(.admin)
    }
}

/// What became of a request to revoke an API key.
public enum APIKeyRevocation: Sendable, Equatable {
    /// It is refused from now on.
    case revoked
    /// There is no key of that id, or it was revoked before.
    case noSuchKey
    /// It is the only valid key with the right `admin`, that of the credential included, and stays.
    case lastAdmin
    /// It is the key of the credential, and stays.
    case fromCredential
}
