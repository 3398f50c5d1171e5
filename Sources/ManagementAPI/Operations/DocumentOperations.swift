import Hummingbird
import HTTPTypes

/// The OpenAPI document of all routes, for whoever asks: it is the same everywhere and says nothing of the installation.
enum DocumentOperations {
    /// The route of the document that has all of `routes` and itself; it is written now, once for all requests.
    static func route(documenting routes: [Route], version: String) -> Route {
        // The document takes from a route what it is and not what it answers.
        let document = OpenAPIDocument(routes: routes + [route(answering: "")], version: version)
        return route(answering: document.node.text)
    }

    private static func route(answering text: String) -> Route {
        let body = ByteBuffer(string: text)
        return Route(
            methods: [.get, .head], path: [.literal("openapi.json")], right: nil, description: .getDocument,
            handler: { _ in
                Response(
                    status: .ok, headers: [.contentType: "application/json"], body: ResponseBody(byteBuffer: body))
            })
    }
}
