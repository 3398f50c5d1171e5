import Provisioning
import Registry

// What Berth has beside the documented API, the users' passwords apart.
extension APISchema {
    private static let rights: JSONNode = [
        "type": "array", "minItems": 1, "maxItems": .integer(APIKeyRules.rightsLimit),
        "items": oneOf(AccessRight.allCases.map(\.rawValue)),
        "description": "`admin` includes the others.",
    ]

    static let createKey = APISchema(
        "CreateApiKeyRequest",
        object(
            required: ["name", "rights"],
            [
                "name": [
                    "type": "string", "minLength": .integer(APIKeyRules.nameLengths.lowerBound),
                    "maxLength": .integer(APIKeyRules.nameLengths.upperBound), "description": "Printable characters.",
                ],
                "rights": rights,
                "expiresAt": optional([
                    "type": "string", "format": "date-time",
                    "pattern": #"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?Z$"#,
                    "description": "In the future; from then on the key is refused.",
                ]),
            ]),
        example: ["name": "reporting", "rights": ["users:read", "metrics:read"], "expiresAt": "2099-12-31T23:59:59Z"])

    private static let keyProperties: [String: JSONNode] = [
        "id": id, "name": text, "rights": rights, "createdAt": time,
        "expiresAt": time.with(["description": "Absent for one that stays valid."]),
    ]
    private static let keyMembers = ["id", "name", "rights", "createdAt"]
    private static let exampleKey: JSONNode = [
        "id": "2", "name": "reporting", "rights": ["users:read", "metrics:read"], "createdAt": exampleTime,
        "expiresAt": "2099-12-31T23:59:59.000Z",
    ]

    static let key = APISchema(
        "ApiKey",
        object(
            required: keyMembers,
            keyProperties.merging([
                "lastUsedDate": day.with(["description": "Absent before the first use."])
            ]) { $1 }),
        example: exampleKey.with(["lastUsedDate": "2026-07-25"]))

    static let createdKey = APISchema(
        "CreatedApiKey",
        object(
            required: keyMembers + ["apiKey"],
            keyProperties.merging([
                "apiKey": [
                    "type": "string", "pattern": "^berth_[A-Za-z0-9_-]{43}$",
                    "description": "The key itself, shown this once.",
                ]
            ]) { $1 }),
        example: exampleKey.with(["apiKey": "berth_ThisIsNoKeyButAnExampleOfTheFormOfOne-00000"]))

    static let keys = page("ApiKeys", of: key)

    static let session = APISchema(
        "Session",
        object(
            required: ["id", "address", "client", "since", "bytesIn", "bytesOut"],
            [
                "id": ["type": "string", "pattern": "^[0-9a-f]{16}$"],
                "username": username.with(["description": "Absent before the login."]),
                "address": text.with(["description": "The client's address and port."]),
                "client": text.with(["description": "The identification string that the client sent."]),
                "since": time, "bytesIn": count.with(["description": "File data from the client, some seconds ago."]),
                "bytesOut": count.with(["description": "File data to the client, some seconds ago."]),
            ]),
        example: [
            "id": "5f0c2d9be1a64738", "username": exampleUsername, "address": "198.51.100.7:50022",
            "client": "SSH-2.0-OpenSSH_9.2p1", "since": "2026-07-25T08:48:59.000Z", "bytesIn": 1_048_576, "bytesOut": 0,
        ])

    static let sessions = page("Sessions", of: session)

    static let block = APISchema(
        "Block",
        object(
            required: ["address", "reason", "failures", "until"],
            [
                "address": text.with(["description": "An IPv4 address or an IPv6 network."]), "reason": text,
                "failures": count, "until": time,
            ]),
        example: [
            "address": "2001:db8:0:1::/64", "reason": "too many failed logins", "failures": 10, "until": exampleTime,
        ])

    static let blocks = page("Blocks", of: block)

    static let algorithms = APISchema(
        "Algorithms",
        object(
            required: ["username", "legacyAlgorithms"],
            [
                "username": username, "legacyAlgorithms": ["type": "boolean"],
                "weaker": [
                    "type": "array", "items": text,
                    "description": "While `legacyAlgorithms` is true: a sentence for each thing that is weaker then.",
                ],
            ]),
        example: [
            "username": exampleUsername, "legacyAlgorithms": true,
            "weaker": .array(AlgorithmsBody.weaknesses.map { .string($0) }),
        ])

    static let setAlgorithms = APISchema(
        "SetAlgorithmsRequest", object(required: ["legacyAlgorithms"], ["legacyAlgorithms": ["type": "boolean"]]),
        example: ["legacyAlgorithms": true])

    static let status = APISchema(
        "Status",
        object(
            required: ["version", "since", "sandbox", "sessions", "users", "libssh"],
            [
                "version": text, "since": time.with(["description": "When the service started."]),
                "sandbox": object(
                    required: ["layers", "mode"],
                    [
                        "layers": ["type": "array", "items": text],
                        "mode": text.with(["description": "The setting `sandbox`."]),
                    ]),
                "sessions": count, "users": count,
                "disk": object(
                    required: ["freeBytes", "totalBytes"], ["freeBytes": count, "totalBytes": count]
                ).with(["description": "Absent where the disk can't be asked."]),
                "libssh": text,
            ]),
        example: [
            "version": "0.1.0", "since": exampleTime,
            "sandbox": ["layers": ["openat2", "chroot", "landlock", "seccomp"], "mode": "strict"], "sessions": 3,
            "users": 42, "disk": ["freeBytes": 53_687_091_200, "totalBytes": 107_374_182_400], "libssh": "0.10.6",
        ])

    static let health = APISchema(
        "Health", object(required: ["status"], ["status": text]), example: ["status": "ok"])

    static let metrics = APISchema(
        "Metrics", text, example: "# TYPE berth_build_info gauge\nberth_build_info{version=\"0.1.0\"} 1\n")

    static let document = APISchema(
        "OpenAPIDocument",
        ["type": "object", "required": ["openapi", "info", "paths"]],
        example: ["openapi": "3.1.0", "info": ["title": "Berth", "version": "0.1.0"], "paths": [:]])

    /// An error of the wire contract.
    static let error = APISchema(
        "Error",
        object(
            required: ["code", "message"],
            [
                "code": oneOf(APIError.Name.allCases.map(\.rawValue)).with([
                    "description": "The error's name, as in the header `x-amzn-errortype`."
                ]),
                "message": ["type": "string", "minLength": 1, "description": "What is allowed, in a sentence."],
                "fieldList": [
                    "type": "array", "description": "With a ValidationException: each wrong member.",
                    "items": object(
                        required: ["path", "message"],
                        [
                            "path": text.with(["description": "A JSON pointer; empty for the body as a whole."]),
                            "message": text,
                        ]),
                ],
                "reasons": [
                    "type": "array", "items": text, "description": "Of the readiness alone: why it is not there.",
                ],
            ]),
        example: ["code": "ResourceNotFoundException", "message": "There is no user of that name."])
}
