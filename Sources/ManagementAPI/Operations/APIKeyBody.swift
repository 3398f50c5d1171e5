import Provisioning
import Registry

/// An API key on the wire, and where else it is shown to programs.
public struct APIKeyBody: Encodable {
    /// The number by which it is named.
    public let id: String
    /// The operator's name for it.
    public let name: String
    /// The names of its rights, in the order in which they are always shown.
    public let rights: [String]
    /// When it was made.
    public let createdAt: String
    /// From when on it is refused.
    public let expiresAt: String?
    /// The day of its last use.
    public let lastUsedDate: String?
    /// The key itself, in the answer that made it alone.
    let apiKey: String?

    /// What is shown of a key that was made before.
    public init(_ key: APIKey) { self.init(key, secret: nil) }

    init(_ key: APIKey, secret: Secret?) {
        id = String(key.id)
        name = key.name
        rights = key.rights.sorted().map(\.rawValue)
        createdAt = Timestamp.text(key.createdAt)
        expiresAt = key.expiresAt.map(Timestamp.text)
        lastUsedDate = key.lastUsedDate?.description
        apiKey = secret?.revealed()
    }
}
