import HTTPTypes
import Registry
import Testing

@testable import ManagementAPI

/// Which right each operation takes.
@Suite struct RightTests {
    /// An operation as the contract has it, word for word; none of it comes from the routes.
    struct Row: CustomTestStringConvertible {
        let operation: String
        let methods: [HTTPRequest.Method]
        let path: String
        /// nil for an operation that takes no key.
        let right: String?

        init(_ operation: String, _ methods: [HTTPRequest.Method], _ path: String, _ right: String?) {
            self.operation = operation
            self.methods = methods
            self.path = path
            self.right = right
        }

        var testDescription: String { operation }
    }

    private static let rights = [
        "users:read", "users:write", "buckets:read", "buckets:write", "metrics:read", "admin",
    ]

    private static let rows = [
        Row("CreateUser", [.post], "/2022-04-01/users", "users:write"),
        Row("ReadUser", [.get], "/2022-04-01/users/{username}", "users:read"),
        Row("UpdateUser", [.put, .post, .patch], "/2022-04-01/users/{username}", "users:write"),
        Row("ListUsers", [.get], "/2022-04-01/users", "users:read"),
        Row("DeleteUser", [.delete], "/2022-04-01/users/{username}", "users:write"),
        Row("ResetPassword", [.post], "/berth/v1/users/{username}/password", "users:write"),
        Row("ListPasswords", [.get], "/berth/v1/users/{username}/passwords", "users:read"),
        Row("DeletePassword", [.delete], "/berth/v1/users/{username}/passwords/{id}", "users:write"),
        Row("GetAlgorithms", [.get], "/berth/v1/users/{username}/algorithms", "users:read"),
        Row("SetAlgorithms", [.put], "/berth/v1/users/{username}/algorithms", "users:write"),
        Row("CreateApiKey", [.post], "/berth/v1/api-keys", "admin"),
        Row("ListApiKeys", [.get], "/berth/v1/api-keys", "admin"),
        Row("DeleteApiKey", [.delete], "/berth/v1/api-keys/{id}", "admin"),
        Row("ListSessions", [.get], "/berth/v1/sessions", "users:read"),
        Row("EndSession", [.delete], "/berth/v1/sessions/{id}", "users:write"),
        Row("ListBlocks", [.get], "/berth/v1/blocks", "admin"),
        Row("DeleteBlock", [.delete], "/berth/v1/blocks/{address}", "admin"),
        Row("GetStatus", [.get], "/berth/v1/status", "admin"),
        Row("GetMetrics", [.get, .head], "/metrics", "metrics:read"),
        Row("GetHealth", [.get, .head], "/healthz", nil), Row("GetReadiness", [.get, .head], "/readyz", nil),
        Row("GetOpenAPIDocument", [.get, .head], "/openapi.json", nil),
    ]

    @Test func theTableHasEachOperationOfTheAPIAndNoOther() throws {
        let table = Self.rows.flatMap { row in row.methods.map { "\(row.operation) \($0) \(row.path)" } }
        let routes = try APIFixture().routes.flatMap { route in
            route.methods.map { "\(route.description.name) \($0) \(route.template)" }
        }
        #expect(table.sorted() == routes.sorted())
        #expect(AccessRight.allCases.map(\.rawValue).sorted() == Self.rights.sorted())
    }

    @Test(arguments: rows)
    func anOperationTakesItsRightOrAdminAndNoOtherOpensIt(row: Row) async throws {
        let fixture = try APIFixture()
        try await fixture.withClient { client async throws in
            for method in row.methods {
                guard let right = row.right else {
                    let answer = try await send(method, row, "", client)
                    #expect(answer.status == 200, "\(method): \(answer.summary)")
                    continue
                }
                for key in Self.rights {
                    let answer = try await send(method, row, try authorization([key], fixture), client)
                    if key == right || key == "admin" {
                        #expect(![401, 403].contains(answer.status), "\(method), \(key): \(answer.summary)")
                    } else {
                        expectRefusal(answer, method, key)
                    }
                }
                let others = Self.rights.filter { $0 != right && $0 != "admin" }
                expectRefusal(
                    try await send(method, row, try authorization(others, fixture), client), method, "all others")
                let keyless = try await send(method, row, "", client)
                #expect(keyless.status == 401, "\(method) without a key: \(keyless.summary)")
            }
        }
    }

    private func authorization(_ rights: [String], _ fixture: APIFixture) throws -> String {
        let rights = try rights.map { try #require(AccessRight(rawValue: $0)) }
        return "Key \(try fixture.registry.createAPIKey(name: "key", rights: Set(rights)).1.revealed())"
    }

    /// A request that finds nobody, or lacks what it needs, once it is allowed.
    private func send(
        _ method: HTTPRequest.Method, _ row: Row, _ authorization: String, _ client: Client
    ) async throws -> Answer {
        let path = row.path.replacing(/\{[a-z]+\}/, with: "AAAAAAAA")
        let takesBody = [.put, .post, .patch].contains(method)
        return try await client.send(method, path, takesBody ? "{}" : nil, authorization: authorization)
    }

    private func expectRefusal(_ answer: Answer, _ method: HTTPRequest.Method, _ key: String) {
        // The answer to HEAD has no body to look at.
        let isRefused =
            method == .head
            ? answer.status == 403 && answer.headers[.errorType] == "AccessDeniedException"
            : answer.isError("AccessDeniedException", 403)
        #expect(isRefused, "\(method), \(key): \(answer.summary)")
    }
}
