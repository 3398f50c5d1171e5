import HTTPTypes
import Hummingbird
import Logging
import Provisioning
import Registry

/// The addresses that are blocked for failed logins: Berth's own operations, beside the documented API.
struct BlockOperations: Sendable {
    private struct Item: Encodable {
        let address: String
        let reason: String
        let failures: Int
        let until: String
    }

    private struct Page: Encodable {
        let items: [Item]
        let nextPageToken: String?
    }

    let blocks: BlockAdministration

    /// The operations with their places.
    var routes: [Route] {
        let path: [Route.Segment] = [.literal("berth"), .literal("v1"), .literal("blocks")]
        return [
            Route(methods: [.get], path: path, right: .admin, description: .listBlocks, handler: list),
            Route(
                methods: [.delete], path: path + [.parameter(.address)], right: .admin, description: .deleteBlock,
                handler: delete),
        ]
    }

    private func list(_ call: Call) async throws -> Response {
        let page = try await provisioning { () throws(ProvisioningError) in
            try await blocks.list(call.page)
        }
        let items = page.items.map { block in
            Item(
                address: block.source, reason: block.reason, failures: block.failures,
                until: Timestamp.text(block.endsAt))
        }
        return try APIResponse.json(Page(items: items, nextPageToken: page.nextPageToken))
    }

    private func delete(_ call: Call) async throws -> Response {
        let address = try call.parameter(0, or: .noSuchBlock)
        try await provisioning { () throws(ProvisioningError) in try await blocks.delete(address) }
        call.logger.info("block ended by the API", metadata: ["blocked": "\(address)"])
        return APIResponse.noContent()
    }
}
