import HTTPTypes
import Hummingbird
import Logging
import Provisioning
import Registry

/// The keys of the API itself: Berth's own operations, beside the documented API.
struct APIKeyOperations: Sendable {
    private struct Page: Encodable {
        let items: [APIKeyBody]
        let nextPageToken: String?
    }

    let keys: APIKeyAdministration

    /// The operations with their places.
    var routes: [Route] {
        let path: [Route.Segment] = [.literal("berth"), .literal("v1"), .literal("api-keys")]
        return [
            Route(methods: [.post], path: path, right: .admin, description: .createKey, handler: create),
            Route(methods: [.get], path: path, right: .admin, description: .listKeys, handler: list),
            Route(
                methods: [.delete], path: path + [.parameter(.keyID)], right: .admin, description: .deleteKey,
                handler: delete),
        ]
    }

    private func create(_ call: Call) async throws -> Response {
        let body = try await RequestBodyReader.object(of: call.request)
        let (key, secret) = try await provisioning { () throws(ProvisioningError) in
            try await keys.create(
                CreateAPIKeyRequest(
                    name: body.text("name"), rights: body.texts("rights"), expiresAt: body.text("expiresAt")))
        }
        let rights = key.rights.sorted().map(\.rawValue).joined(separator: ",")
        call.trace.note("created", key.name)
        call.trace.note("created_id", String(key.id))
        call.trace.note("rights", rights)
        call.logger.info(
            "API key created",
            metadata: ["created": "\(key.name)", "created_id": "\(key.id)", "rights": "\(rights)"])
        return try APIResponse.json(APIKeyBody(key, secret: secret), status: .created)
    }

    private func list(_ call: Call) async throws -> Response {
        let page = try await provisioning { () throws(ProvisioningError) in try await keys.list(call.page) }
        return try APIResponse.json(
            Page(items: page.items.map { APIKeyBody($0) }, nextPageToken: page.nextPageToken))
    }

    private func delete(_ call: Call) async throws -> Response {
        try await provisioning { () throws(ProvisioningError) in try await keys.delete(call.number(0)) }
        call.logger.info("API key revoked", metadata: ["revoked_id": "\(call.number(0) ?? 0)"])
        return APIResponse.noContent()
    }
}
