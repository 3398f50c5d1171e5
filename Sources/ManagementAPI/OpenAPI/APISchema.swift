import Provisioning
import Registry

/// The shape of a body as JSON Schema 2020-12, under its name in the document. The bounds are those of the rules that requests
/// are checked by.
struct APISchema: Sendable {
    /// The name in the document.
    let name: String
    /// The schema itself.
    let node: JSONNode
    /// A value that it allows.
    let example: JSONNode

    init(_ name: String, _ node: JSONNode, example: JSONNode) {
        self.name = name
        self.node = node
        self.example = example
    }

    /// Where it is in the document.
    var reference: JSONNode { ["$ref": "#/components/schemas/\(name)"] }

    /// All that the document has.
    static let all =
        users + passwords + [
            createKey, key, createdKey, keys, session, sessions, block, blocks, algorithms, setAlgorithms, status,
            health, metrics, document, error,
        ]
}

// What schemas are put together from.
extension APISchema {
    /// An object; members beside these are possible, and in requests without effect.
    static func object(required: [String], _ properties: [String: JSONNode]) -> JSONNode {
        var node: JSONNode = ["type": "object", "properties": .object(properties)]
        if !required.isEmpty { node["required"] = .array(required.map { .string($0) }) }
        return node
    }

    /// A page of a list.
    static func page(_ name: String, of schema: APISchema) -> APISchema {
        let items: JSONNode = [
            "type": "array", "items": schema.reference, "maxItems": .integer(UserRules.pageSizes.upperBound),
        ]
        let token: JSONNode = [
            "type": "string", "description": "The next page's `pageToken`; absent on the last page.",
        ]
        return APISchema(
            name, object(required: ["items"], ["items": items, "nextPageToken": token]),
            example: ["items": [schema.example], "nextPageToken": pageToken])
    }

    /// An integer of these.
    static func integer(_ range: ClosedRange<Int>) -> JSONNode {
        ["type": "integer", "minimum": .integer(range.lowerBound), "maximum": .integer(range.upperBound)]
    }

    /// The same, or null, which counts as absent.
    static func optional(_ schema: JSONNode) -> JSONNode { ["anyOf": [schema, ["type": "null"]]] }

    /// Names of which a text is one.
    static func oneOf(_ names: some Sequence<String>) -> JSONNode {
        ["type": "string", "enum": .array(names.map { .string($0) })]
    }

    static let text: JSONNode = ["type": "string"]
    static let count: JSONNode = ["type": "integer", "minimum": 0]
    /// A time in an answer; ``Timestamp`` writes it.
    static let time: JSONNode = ["type": "string", "format": "date-time", "pattern": "Z$"]
    /// A day of UTC in an answer.
    static let day: JSONNode = ["type": "string", "format": "date"]
    /// The number that the registry gave something; Int64 has up to 19 digits.
    static let id: JSONNode = ["type": "string", "pattern": "^[1-9][0-9]{0,18}$"]
    static let username: JSONNode = [
        "type": "string", "pattern": "^[A-Z][A-Z0-9]{\(Username.length - 1)}$",
        "description": "Generated; never given to somebody else again.",
    ]

    static let exampleUsername: JSONNode = "VVJ9PRKM"
    static let exampleTime: JSONNode = "2026-07-25T08:48:59.523Z"
    static let pageToken: JSONNode = "AAAAAAAAABnkG8a1RqFh2vJ0oK3xY7bM"
}
