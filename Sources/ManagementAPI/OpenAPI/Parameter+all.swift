import Provisioning
import Registry

// In paths.
extension OperationDescription.Parameter {
    static let username = Self(
        name: "username", text: "The user.", schema: APISchema.username, example: APISchema.exampleUsername)

    static let passwordID = Self(
        name: "id", text: "The `id` of ListPasswords.", schema: APISchema.id, example: "2")

    static let keyID = Self(name: "id", text: "The `id` of ListApiKeys.", schema: APISchema.id, example: "2")

    static let sessionID = Self(
        name: "id", text: "The `id` of ListSessions.", schema: ["type": "string", "minLength": 1],
        example: "5f0c2d9be1a64738")

    static let address = Self(
        name: "address", text: "The `address` of ListBlocks, or any address of that network.",
        schema: ["type": "string", "minLength": 1], example: "198.51.100.7")
}

// In the query.
extension OperationDescription.Parameter {
    /// Those of a list that comes in pages.
    static let page = [
        Self(
            name: "pageSize", text: "Entries on a page.",
            schema: APISchema.integer(UserRules.pageSizes).with(["default": .integer(UserRules.defaultPageSize)]),
            example: 10),
        Self(
            name: "pageToken", text: "The `nextPageToken` of the page before; without it the first page.",
            schema: APISchema.text, example: APISchema.pageToken),
    ]

    static let sessionsOf = Self(
        name: "username", text: "The user whose sessions are wanted.", schema: APISchema.text,
        example: APISchema.exampleUsername)

    static let endSessions = Self(
        name: "endSessions", text: "Whether the user's open sessions end.",
        schema: ["type": "boolean", "default": false], example: true)
}

// Headers.
extension OperationDescription.Parameter {
    static let ifMatch = Self(
        name: "If-Match",
        text:
            "Entity tags of which one must be the user's, or `*` (RFC 9110 section 13.1.1); nothing is done otherwise.",
        // No format of JSON Schema's own: who makes requests from the document can tell by it what is wanted.
        schema: ["type": "string", "format": "entity-tags", "pattern": .string(EntityTag.Condition.pattern)],
        example: "\"u7Sx2mZ0rQ9kVfBt3yLhNw\"")

    static let eTag = Self(
        name: "ETag", text: "Changes with anything that is shown of the user.",
        schema: ["type": "string", "pattern": "^\"[A-Za-z0-9+/]{22}\"$"], example: "\"u7Sx2mZ0rQ9kVfBt3yLhNw\"")

    static let location = Self(
        name: "Location", text: "The path of the new user.", schema: APISchema.text,
        example: "/2022-04-01/users/VVJ9PRKM")
}
