import HTTPTypes
import Provisioning

/// The answers to requests that failed as the OpenAPI document has them: one for each status, with all errors that have it.
enum ErrorResponses {
    /// The header that every answer has.
    static let requestID: JSONNode = [
        "description":
            "The request's id: the client's own where it sent one of 1 to \(RequestID.limit) visible ASCII characters.",
        "required": true, "schema": ["type": "string", "pattern": "^[!-~]{1,\(RequestID.limit)}$"],
        "example": "3f0cf4ac-4ddd-4c63-8a0e-0c37a1c3a3ba",
    ]

    /// All of them by name; each also without a body, as HEAD gets it.
    static var components: [String: JSONNode] {
        var components: [String: JSONNode] = [:]
        for names in Dictionary(grouping: APIError.Name.allCases, by: \.status.code).values {
            guard let first = names.first else { continue }
            let head = response(names)
            components[key(first, hasBody: false)] = head
            components[key(first, hasBody: true)] = head.with(["content": ["application/json": body(names)]])
        }
        return components
    }

    /// Where the answer with the status of `name` is in the document.
    static func reference(to name: APIError.Name, hasBody: Bool) -> JSONNode {
        let first = APIError.Name.allCases.first { $0.status.code == name.status.code }
        return ["$ref": "#/components/responses/\(key(first ?? name, hasBody: hasBody))"]
    }

    private static func key(_ name: APIError.Name, hasBody: Bool) -> String {
        name.rawValue + (hasBody ? "" : "WithoutBody")
    }

    private static func response(_ names: [APIError.Name]) -> JSONNode {
        let texts = names.map(\.rawValue)
        var headers: JSONNode = [
            "x-request-id": ["$ref": "#/components/headers/RequestID"],
            "x-amzn-requestid": ["$ref": "#/components/headers/RequestID"],
            "x-amzn-errortype": [
                "description": "The error's name.", "required": true, "schema": APISchema.oneOf(texts),
            ],
        ]
        if names.contains(.unauthorized) {
            headers["WWW-Authenticate"] = ["required": true, "schema": ["type": "string", "const": "Key"]]
        }
        if names.contains(.methodNotAllowed) {
            headers["Allow"] = ["description": "The methods there are.", "required": true, "schema": APISchema.text]
        }
        if names.contains(.throttling) {
            headers["Retry-After"] = ["description": "Seconds.", "required": true, "schema": APISchema.count]
        }
        return ["description": .string(texts.joined(separator: " or ")), "headers": headers]
    }

    private static func body(_ names: [APIError.Name]) -> JSONNode {
        var own = APISchema.object(required: [], ["code": APISchema.oneOf(names.map(\.rawValue))])
        if names.contains(.validation) { own["required"] = ["fieldList"] }
        let examples = names.map { ($0.rawValue, ["value": example($0)] as JSONNode) }
        return [
            "schema": ["allOf": [APISchema.error.reference, own]],
            "examples": .object(Dictionary(uniqueKeysWithValues: examples)),
        ]
    }

    private static func example(_ name: APIError.Name) -> JSONNode {
        var example: JSONNode = ["code": .string(name.rawValue), "message": .string(message(name))]
        if name == .validation {
            example["fieldList"] = .array(
                wrongMembers.map { ["path": .string($0.path), "message": .string($0.message)] })
        }
        return example
    }

    private static let wrongMembers = [
        FieldError(path: "/description", message: "must be given"),
        FieldError(path: "/passwordOptions/length", message: "must be an integer from 16 to 128"),
    ]

    /// What such an error says.
    private static func message(_ name: APIError.Name) -> String {
        switch name {
        case .validation: APIError(invalid: wrongMembers).message
        case .unauthorized: "A valid API key is needed: Authorization: Key <apiKey>."
        case .accessDenied: "The API key lacks the right users:write."
        case .resourceNotFound: APIError(.noSuchUser).message
        case .unknownOperation: "There is no operation at this path."
        case .methodNotAllowed: "The methods GET, HEAD are allowed at this path."
        case .requestTimeout: "The request was not whole 30 seconds after its head."
        case .requestEntityTooLarge: "The body must have at most \(RequestBodyReader.limitBytes) bytes."
        case .unsupportedMediaType: "The body must be application/json."
        case .serviceQuotaExceeded: APIError(.userLimitReached(limit: 100)).message
        case .resourceConflict: APIError(.lastPassword).message
        case .preconditionFailed: APIError(.preconditionFailed).message
        case .throttling: "Too many requests: try again later."
        case .bucketProvisioningTimeout: APIError(.bucketTimeout).message
        case .sftpProvisioningTimeout: APIError(.homeTimeout).message
        case .unmapped: APIError(.unexpected(reason: "")).message
        case .serviceUnavailable: APIError(.unavailable(reason: "")).message
        }
    }
}
