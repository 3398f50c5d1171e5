import BerthClient

/// A user as the program shows it: with what the API gives beside the user itself.
struct UserView: Encodable {
    private enum Key: String, CodingKey {
        case password
        case etag
    }

    private let user: User
    private let password: Secret?
    private let etag: String?

    init(_ user: User, password: Secret? = nil, etag: String? = nil) {
        self.user = user
        self.password = password
        self.etag = etag
    }

    /// The user's members with `password` and `etag` where they are there.
    func encode(to encoder: any Encoder) throws {
        try user.encode(to: encoder)
        var container = encoder.container(keyedBy: Key.self)
        try container.encodeIfPresent(password?.revealed(), forKey: .password)
        try container.encodeIfPresent(etag, forKey: .etag)
    }

    /// Lines for a person.
    var fields: [(label: String, value: String?)] {
        var fields: [(label: String, value: String?)] = [
            ("username", user.username), ("home directory", user.homeDirectory), ("description", user.description),
            ("bucket", user.bucketName), ("connects to", "\(user.endpoint) port \(user.port)"),
            ("last connected", user.lastConnectedDate?.description ?? "never"),
        ]
        if let etag { fields.append(("etag", etag)) }
        if let password { fields.append(("password", password.revealed() + "  (shown this once)")) }
        return fields
    }
}
