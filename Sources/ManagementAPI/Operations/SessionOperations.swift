import HTTPTypes
import Hummingbird
import Logging
import Provisioning
import Registry
import SessionBroker

/// The sessions that are open: Berth's own operations, beside the documented API.
struct SessionOperations: Sendable {
    private struct Item: Encodable {
        let id: String
        let username: String?
        let address: String
        let client: String
        let since: String
        let bytesIn: UInt64
        let bytesOut: UInt64

        init(_ session: OpenSession) {
            id = session.id
            username = session.username
            address = session.address
            client = session.client
            since = Timestamp.text(session.since)
            bytesIn = session.bytesIn
            bytesOut = session.bytesOut
        }
    }

    private struct Page: Encodable {
        let items: [Item]
        let nextPageToken: String?
    }

    let sessions: SessionAdministration

    /// The operations with their places.
    var routes: [Route] {
        let path: [Route.Segment] = [.literal("berth"), .literal("v1"), .literal("sessions")]
        return [
            Route(methods: [.get], path: path, right: .readUsers, description: .listSessions, handler: list),
            Route(
                methods: [.delete], path: path + [.parameter(.sessionID)], right: .writeUsers, description: .endSession,
                handler: end),
        ]
    }

    private func list(_ call: Call) async throws -> Response {
        let page = try await provisioning { () throws(ProvisioningError) in
            try await sessions.list(username: call.target.text("username"), call.page)
        }
        return try APIResponse.json(Page(items: page.items.map(Item.init), nextPageToken: page.nextPageToken))
    }

    private func end(_ call: Call) async throws -> Response {
        let id = try call.parameter(0, or: .noSuchSession)
        try await provisioning { () throws(ProvisioningError) in try await sessions.end(id) }
        call.logger.info("session ended by the API", metadata: ["session": "\(id)"])
        return APIResponse.noContent()
    }
}
