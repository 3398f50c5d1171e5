import Provisioning
import Registry

/// What the OpenAPI document says of an operation beside its methods, path and right, which it takes from the route itself.
struct OperationDescription: Sendable {
    /// A parameter of the path or the query, or a header.
    struct Parameter: Sendable {
        let name: String
        let text: String
        let schema: JSONNode
        let example: JSONNode
    }

    /// The body of a request.
    struct Body: Sendable {
        let schema: APISchema
        let isRequired: Bool
    }

    /// What the operation answers when it does what it was asked for.
    struct Success: Sendable {
        let status: Int
        let text: String
        /// The body; nil for none.
        let schema: APISchema?
        /// The body's media type.
        let mediaType: String
        /// Headers beside those that every answer has.
        let headers: [Parameter]
        let links: [Link]
    }

    /// An operation that takes what an answer had.
    struct Link: Sendable {
        /// The name of the operation.
        let operation: String
        /// The operation's parameters, each with OpenAPI's runtime expression for its value.
        let parameters: [String: String]
    }

    /// The name, unique among all operations; of one with several methods the others have theirs behind it.
    let name: String
    /// What it does, in a few words.
    let summary: String
    /// More about it.
    let text: String?
    let query: [Parameter]
    let headers: [Parameter]
    let body: Body?
    let success: Success
    /// The errors beside those that follow from the route: see ``OpenAPIDocument``.
    let errors: [APIError.Name]

    init(
        _ name: String, _ summary: String, text: String? = nil, query: [Parameter] = [], headers: [Parameter] = [],
        body: Body? = nil, success: Success, errors: [APIError.Name] = []
    ) {
        self.name = name
        self.summary = summary
        self.text = text
        self.query = query
        self.headers = headers
        self.body = body
        self.success = success
        self.errors = errors
    }
}

extension OperationDescription.Body {
    /// A body that must be there.
    static func required(_ schema: APISchema) -> Self { Self(schema: schema, isRequired: true) }

    /// A body that may be left out.
    static func optional(_ schema: APISchema) -> Self { Self(schema: schema, isRequired: false) }
}

extension OperationDescription.Success {
    /// 200 with a body.
    static func ok(
        _ schema: APISchema, _ text: String, mediaType: String = "application/json",
        headers: [OperationDescription.Parameter] = [], links: [OperationDescription.Link] = []
    ) -> Self {
        Self(status: 200, text: text, schema: schema, mediaType: mediaType, headers: headers, links: links)
    }

    /// 201 with what was made.
    static func created(
        _ schema: APISchema, _ text: String, headers: [OperationDescription.Parameter] = [],
        links: [OperationDescription.Link] = []
    ) -> Self {
        Self(status: 201, text: text, schema: schema, mediaType: "application/json", headers: headers, links: links)
    }

    /// 204.
    static func noContent(_ text: String) -> Self {
        Self(status: 204, text: text, schema: nil, mediaType: "", headers: [], links: [])
    }
}

extension OperationDescription.Link {
    /// The next page of a list.
    static func nextPage(of operation: String, _ more: [String: String] = [:]) -> Self {
        Self(
            operation: operation, parameters: more.merging(["pageToken": "$response.body#/nextPageToken"]) { $1 })
    }

    /// An operation on the user that is in the answer.
    static func user(_ operation: String) -> Self {
        Self(operation: operation, parameters: ["username": "$response.body#/username"])
    }

    /// An operation on the first entry of the list.
    static func first(_ operation: String, _ parameter: String, _ more: [String: String] = [:]) -> Self {
        Self(
            operation: operation,
            parameters: more.merging([parameter: "$response.body#/items/0/\(parameter)"]) { $1 })
    }
}
