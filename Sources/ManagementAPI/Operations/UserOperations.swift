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
        let user = users + [.parameter(.username)]
        return [
            Route(methods: [.post], path: users, right: .writeUsers, description: .createUser, handler: create),
            Route(methods: [.get], path: users, right: .readUsers, description: .listUsers, handler: list),
            Route(methods: [.get], path: user, right: .readUsers, description: .readUser, handler: read),
            // The published documents don't show the method.
            Route(
                methods: [.put, .post, .patch], path: user, right: .writeUsers, description: .updateUser,
                handler: update),
            Route(methods: [.delete], path: user, right: .writeUsers, description: .deleteUser, handler: delete),
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
        call.trace.note("user", user.username)
        call.trace.note("home", user.homeDirectory)
        call.logger.info("user created", metadata: ["user": "\(user.username)", "home": "\(user.homeDirectory)"])
        return try APIResponse.json(
            self.body(user, password: password), status: .created,
            headers: [.location: "/\(Self.version)/users/\(user.username)", .eTag: try tag(of: user)])
    }

    private func read(_ call: Call) async throws -> Response {
        let username = try call.username()
        let user = try await provisioning { () throws(ProvisioningError) in try await provisioner.user(named: username)
        }
        return try response(to: user)
    }

    private func update(_ call: Call) async throws -> Response {
        let username = try call.username()
        let precondition = try precondition(of: call)
        let body = try await RequestBodyReader.object(of: call.request)
        let user = try await provisioning { () throws(ProvisioningError) in
            try await provisioner.update(
                username,
                UpdateUserRequest(
                    homeDirectory: body.text("homeDirectory"), description: body.text("description"),
                    bucketName: body.text("bucketName")), if: precondition)
        }
        call.trace.note("home", user.homeDirectory)
        call.logger.info("user updated", metadata: ["user": "\(user.username)", "home": "\(user.homeDirectory)"])
        return try response(to: user)
    }

    private func list(_ call: Call) async throws -> Response {
        let page = try await provisioning { () throws(ProvisioningError) in try await provisioner.list(call.page) }
        let items = page.items.map { body($0) }
        return try APIResponse.json(UserPageBody(items: items, nextPageToken: page.nextPageToken))
    }

    private func delete(_ call: Call) async throws -> Response {
        let username = try call.username()
        let precondition = try precondition(of: call)
        try await provisioning { () throws(ProvisioningError) in
            try await provisioner.delete(username, if: precondition)
        }
        call.logger.info("user deleted", metadata: ["user": "\(username)"])
        return APIResponse.noContent()
    }

    private func response(to user: User) throws(APIError) -> Response {
        try APIResponse.json(body(user), headers: [.eTag: tag(of: user)])
    }

    /// The entity tag of a user as it is shown: anything that changes there changes it.
    private func tag(of user: User) throws(APIError) -> String {
        EntityTag.of(try APIResponse.encoded(body(user)))
    }

    /// What If-Match asks of the user; everything will do without it.
    private func precondition(of call: Call) throws(APIError) -> @Sendable (User) -> Bool {
        guard let wanted = try EntityTag.Condition(call.request.headers) else { return { _ in true } }
        return { user in (try? tag(of: user)).map(wanted.holds) ?? false }
    }

    private func body(_ user: User, password: Password? = nil) -> UserBody {
        UserBody(user, bucketName: provisioner.bucketName, endpoint: endpoint(), password: password)
    }
}
