import HTTPTypes
import Hummingbird
import Registry

/// One operation: where it is, what right it takes, and what answers it.
struct Route: Sendable {
    /// A segment of a path.
    enum Segment: Sendable {
        /// This text.
        case literal(String)
        /// Any text but an empty one: a parameter of the operation.
        case parameter(OperationDescription.Parameter)
    }

    typealias Handler = @Sendable (Call) async throws -> Response

    /// The methods that are this operation.
    let methods: [HTTPRequest.Method]
    /// The path behind the first slash.
    let path: [Segment]
    /// What the key must be allowed; nil for an operation without a key.
    let right: AccessRight?
    /// What the OpenAPI document says of it; the name is the audit log's, too.
    let description: OperationDescription
    /// Whether it tells of the process alone: its requests have a rate of their own.
    var isOfHealth = false
    /// Answers; throws `APIError` or what the connection threw.
    let handler: Handler

    /// The path with the names of its parameters in braces, as the documents have it: `/2022-04-01/users/{username}`.
    var template: String {
        path.map { segment in
            switch segment {
            case .literal(let text): "/" + text
            case .parameter(let parameter): "/{" + parameter.name + "}"
            }
        }.joined()
    }

    /// The parameters of the path in their order.
    var parameters: [OperationDescription.Parameter] {
        path.compactMap { segment in
            if case .parameter(let parameter) = segment { parameter } else { nil }
        }
    }

    /// The parameters in `segments` if they are this route's, each nil where it is no valid text; nil for another path.
    func match(_ segments: [String?]) -> [String?]? {
        guard segments.count == path.count else { return nil }
        var parameters: [String?] = []
        for (pattern, segment) in zip(path, segments) {
            switch pattern {
            case .literal(let text):
                guard let segment, segment.utf8.elementsEqual(text.utf8) else { return nil }
            case .parameter:
                if let segment, segment.isEmpty { return nil }
                parameters.append(segment)
            }
        }
        return parameters
    }
}
