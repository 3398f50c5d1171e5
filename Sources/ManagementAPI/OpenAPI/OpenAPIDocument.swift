import Foundation
import HTTPTypes
import Registry

/// The OpenAPI 3.1 document of routes: of each what the route does, and what its description says.
struct OpenAPIDocument {
    let routes: [Route]
    /// Berth's version.
    let version: String

    /// The document.
    var node: JSONNode {
        [
            "openapi": "3.1.0",
            "info": [
                "title": "Berth management API", "version": .string(version),
                "summary": "SFTP accounts of trading partners.",
                "description":
                    "Members of requests that are not here are ignored, and null counts as absent. Every answer has an id, under which it is in the log.",
            ],
            "servers": [["url": "/"]],
            "security": Self.security,
            "paths": .object(paths),
            "components": [
                "securitySchemes": Self.securitySchemes,
                "schemas": .object(
                    Dictionary(uniqueKeysWithValues: APISchema.all.map { ($0.name, $0.node) })),
                "responses": .object(ErrorResponses.components),
                "headers": ["RequestID": ErrorResponses.requestID],
            ],
        ]
    }

    /// Either of them will do.
    private static let security: JSONNode = [["key": []], ["bearer": []]]

    private static let securitySchemes: JSONNode = [
        "key": [
            "type": "apiKey", "in": "header", "name": "Authorization",
            "description": "`Key <apiKey>`: the scheme's name, a space, and the API key.",
        ],
        "bearer": ["type": "http", "scheme": "bearer", "description": "The API key as a bearer token: the same."],
    ]

    private var paths: [String: JSONNode] {
        var paths: [String: JSONNode] = [:]
        for route in routes {
            var item = paths[route.template] ?? [:]
            for method in route.methods {
                item[method.rawValue.lowercased()] = operation(method, route)
            }
            paths[route.template] = item
        }
        return paths
    }

    private func operation(_ method: HTTPRequest.Method, _ route: Route) -> JSONNode {
        let description = route.description
        let suffix = method == route.methods.first ? "" : method.rawValue.capitalized
        var text = description.text.map { [$0] } ?? []
        if let right = route.right { text.append("Takes the right `\(right.rawValue)`.") }
        var node: JSONNode = [
            "operationId": "\(description.name)\(suffix)", "summary": .string(description.summary),
            "responses": .object(responses(to: method, route)),
        ]
        if !text.isEmpty { node["description"] = .string(text.joined(separator: " ")) }
        if route.right == nil { node["security"] = [] }
        let parameters =
            route.parameters.map { Self.parameter($0, in: "path") }
            + description.query.map { Self.parameter($0, in: "query") }
            + description.headers.map { Self.parameter($0, in: "header") }
        if !parameters.isEmpty { node["parameters"] = .array(parameters) }
        if let body = description.body {
            node["requestBody"] = [
                "required": .boolean(body.isRequired), "content": Self.content(body.schema, "application/json"),
            ]
        }
        return node
    }

    private static func parameter(_ parameter: OperationDescription.Parameter, in place: String) -> JSONNode {
        [
            "name": .string(parameter.name), "in": .string(place), "description": .string(parameter.text),
            "required": .boolean(place == "path"), "schema": parameter.schema, "example": parameter.example,
        ]
    }

    private static func content(_ schema: APISchema, _ mediaType: String) -> JSONNode {
        .object([mediaType: ["schema": schema.reference, "example": schema.example]])
    }

    private func responses(to method: HTTPRequest.Method, _ route: Route) -> [String: JSONNode] {
        let success = route.description.success
        var answer: JSONNode = ["description": .string(success.text)]
        let requestID: JSONNode = ["$ref": "#/components/headers/RequestID"]
        var headers: JSONNode = ["x-request-id": requestID, "x-amzn-requestid": requestID]
        for header in success.headers {
            headers[header.name] = [
                "description": .string(header.text), "required": true, "schema": header.schema,
                "example": header.example,
            ]
        }
        answer["headers"] = headers
        // The answer to HEAD is one without its body.
        if let schema = success.schema, method != .head { answer["content"] = Self.content(schema, success.mediaType) }
        if !success.links.isEmpty {
            answer["links"] = .object(
                Dictionary(uniqueKeysWithValues: success.links.map { ($0.operation, Self.link($0)) }))
        }
        var responses = [String(success.status): answer]
        for name in errors(of: route) {
            responses[String(name.status.code)] = ErrorResponses.reference(to: name, hasBody: method != .head)
        }
        return responses
    }

    private static func link(_ link: OperationDescription.Link) -> JSONNode {
        [
            "operationId": .string(link.operation),
            "parameters": .object(link.parameters.mapValues { .string($0) }),
        ]
    }

    /// All that an operation can end with: what its description says, and what follows from how requests are answered.
    private func errors(of route: Route) -> [APIError.Name] {
        // Bytes that are no HTTP, or too slow; what nobody foresaw; a connection or a request that is one too many.
        var names =
            route.description.errors + [.validation, .requestTimeout, .unmapped, .serviceUnavailable, .throttling]
        if route.right != nil { names += [.unauthorized, .accessDenied] }
        if route.description.body != nil { names += [.requestEntityTooLarge, .unsupportedMediaType] }
        if !route.parameters.isEmpty { names.append(.resourceNotFound) }
        return names
    }
}
