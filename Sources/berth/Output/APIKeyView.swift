import BerthClient

/// A new API key as the program shows it.
struct APIKeyView: Encodable {
    private enum Key: String, CodingKey {
        case apiKey
    }

    private let entry: APIKeyEntry
    private let apiKey: Secret

    init(_ output: CreateApiKeyCommand.Output) {
        entry = output.entry
        apiKey = output.apiKey
    }

    /// The entry's members with `apiKey`.
    func encode(to encoder: any Encoder) throws {
        try entry.encode(to: encoder)
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(apiKey.revealed(), forKey: .apiKey)
    }

    /// Lines for a person.
    var fields: [(label: String, value: String?)] {
        [
            ("id", entry.id), ("name", entry.name), ("rights", entry.rights.map(\.rawValue).joined(separator: ",")),
            ("expires", entry.expiresAt.map(Timestamp.text) ?? "never"),
            ("key", apiKey.revealed() + "  (shown this once)"),
        ]
    }
}
