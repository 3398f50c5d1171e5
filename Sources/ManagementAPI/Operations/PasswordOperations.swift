import HTTPTypes
import Hummingbird
import Logging
import Provisioning
import Registry

/// The passwords of users: Berth's own operations, beside the documented API.
struct PasswordOperations: Sendable {
    private struct ResetBody: Encodable {
        let username: String
        let password: String
        let previousPasswordExpiresAt: String?
    }

    private struct Item: Encodable {
        let id: String
        let createdAt: String
        let expiresAt: String?
        let lastUsedAt: String?

        init(_ password: StoredPassword) {
            id = String(password.id)
            createdAt = Timestamp.text(password.createdAt)
            expiresAt = password.expiresAt.map(Timestamp.text)
            lastUsedAt = password.lastUsedAt.map(Timestamp.text)
        }
    }

    private struct Page: Encodable {
        let items: [Item]
        let nextPageToken: String?
    }

    let provisioner: Provisioner

    /// The operations with their places.
    var routes: [Route] {
        let user: [Route.Segment] = [
            .literal("berth"), .literal("v1"), .literal("users"), .parameter(.username),
        ]
        let passwords = user + [.literal("passwords")]
        return [
            Route(
                methods: [.post], path: user + [.literal("password")], right: .writeUsers, description: .resetPassword,
                handler: reset),
            Route(methods: [.get], path: passwords, right: .readUsers, description: .listPasswords, handler: list),
            Route(
                methods: [.delete], path: passwords + [.parameter(.passwordID)], right: .writeUsers,
                description: .deletePassword, handler: delete),
        ]
    }

    private func reset(_ call: Call) async throws -> Response {
        let username = try call.username()
        let body = try await RequestBodyReader.object(of: call.request, isOptional: true)
        let reset = try await provisioning { () throws(ProvisioningError) in
            try await provisioner.resetPassword(
                of: username,
                ResetPasswordRequest(
                    passwordLength: body.integer("length", in: "passwordOptions"),
                    overlapSeconds: body.integer("overlapSeconds"), endSessions: body.boolean("endSessions")))
        }
        var details: Logger.Metadata = ["user": "\(username)"]
        if let end = reset.previousExpiresAt {
            details["previous_until"] = "\(Timestamp.text(end))"
            call.trace.note("previous_until", Timestamp.text(end))
        }
        call.logger.info("password reset", metadata: details)
        return try APIResponse.json(
            ResetBody(
                username: username, password: reset.password.revealed(),
                previousPasswordExpiresAt: reset.previousExpiresAt.map(Timestamp.text)))
    }

    private func list(_ call: Call) async throws -> Response {
        let username = try call.username()
        let page = try await provisioning { () throws(ProvisioningError) in
            try await provisioner.passwords(of: username, call.page)
        }
        return try APIResponse.json(Page(items: page.items.map(Item.init), nextPageToken: page.nextPageToken))
    }

    private func delete(_ call: Call) async throws -> Response {
        let username = try call.username()
        try await provisioning { () throws(ProvisioningError) in
            try await provisioner.deletePassword(
                call.number(1), of: username, endSessions: call.target.boolean("endSessions"))
        }
        call.logger.info(
            "password deleted", metadata: ["user": "\(username)", "password_id": "\(call.number(1) ?? 0)"])
        return APIResponse.noContent()
    }
}
