import HTTPTypes
import Hummingbird
import Logging
import Provisioning
import Registry

/// The five operations on users.
struct UserOperations: Sendable {
    /// The version in the path of the documented API.
    static let version = "2022-04-01"

    let provisioner: Provisioner
    let endpoint: @Sendable () -> SFTPEndpoint

    /// The operations with their places.
    var routes: [Route] {
        let users: [Route.Segment] = [.literal(Self.version), .literal("users")]
        let user = users + [.parameter]
        return [
            Route(methods: [.post], path: users, right: .writeUsers, handler: create),
            Route(methods: [.get], path: users, right: .readUsers, handler: list),
            Route(methods: [.get], path: user, right: .readUsers, handler: read),
            // The published documents don't show the method.
            Route(methods: [.put, .post, .patch], path: user, right: .writeUsers, handler: update),
            Route(methods: [.delete], path: user, right: .writeUsers, handler: delete),
        ]
    }

    private func create(_ call: Call) async throws -> Response {
        let body = try await RequestBodyReader.object(of: call.request)
        let (user, password) = try await provisioning { () throws(ProvisioningError) in
            try await provisioner.create(
                CreateUserRequest(
                    homeDirectory: body.text("homeDirectory"), description: body.text("description"),
                    bucketName: body.text("bucketName"),
                    passwordLength: body.integer("length", in: "passwordOptions")))
        }
        call.logger.info("user created", metadata: ["user": "\(user.username)", "home": "\(user.homeDirectory)"])
        return try APIResponse.json(
            self.body(user, password: password), status: .created,
            headers: [.location: "/\(Self.version)/users/\(user.username)"])
    }

    private func read(_ call: Call) async throws -> Response {
        let username = try call.username()
        let user = try await provisioning { () throws(ProvisioningError) in try await provisioner.user(named: username)
        }
        return try APIResponse.json(body(user))
    }

    private func update(_ call: Call) async throws -> Response {
        let username = try call.username()
        let body = try await RequestBodyReader.object(of: call.request)
        let user = try await provisioning { () throws(ProvisioningError) in
            try await provisioner.update(
                username,
                UpdateUserRequest(
                    homeDirectory: body.text("homeDirectory"), description: body.text("description"),
                    bucketName: body.text("bucketName")))
        }
        call.logger.info("user updated", metadata: ["user": "\(user.username)", "home": "\(user.homeDirectory)"])
        return try APIResponse.json(self.body(user))
    }

    private func list(_ call: Call) async throws -> Response {
        let request = ListUsersRequest(
            pageSize: call.target.integer("pageSize"), pageToken: call.target.text("pageToken"))
        let page = try await provisioning { () throws(ProvisioningError) in try await provisioner.list(request) }
        let items = page.users.map { body($0) }
        return try APIResponse.json(UserPageBody(items: items, nextPageToken: page.nextPageToken))
    }

    private func delete(_ call: Call) async throws -> Response {
        let username = try call.username()
        try await provisioning { () throws(ProvisioningError) in try await provisioner.delete(username) }
        call.logger.info("user deleted", metadata: ["user": "\(username)"])
        return APIResponse.noContent()
    }

    private func body(_ user: User, password: Password? = nil) -> UserBody {
        UserBody(user, bucketName: provisioner.bucketName, endpoint: endpoint(), password: password)
    }
}
