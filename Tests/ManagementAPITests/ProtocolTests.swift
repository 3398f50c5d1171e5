import BucketStore
import Foundation
import HTTPTypes
import LogTestSupport
import Provisioning
import Registry
import Synchronization
import Testing

@testable import ManagementAPI

@Suite struct ProtocolTests {
    let fixture: APIFixture

    init() throws {
        fixture = try APIFixture()
    }

    @Test func keysAreTakenWithBothSchemes() async throws {
        try await fixture.withClient { client async throws in
            for scheme in ["Key", "Bearer", "key", "BEARER", "Key "] {
                let answer = try await client.send(.get, Client.users, authorization: "\(scheme) \(client.key)")
                #expect(answer.status == 200, "\(scheme)")
            }
        }
    }

    @Test func withoutAValidKeyNothingIsDone() async throws {
        let revoked = try fixture.registry.createAPIKey(name: "r")
        _ = try fixture.registry.revokeAPIKey(id: revoked.0.id)
        try await fixture.withClient { client async throws in
            for authorization in [
                "", client.key, "Key", "Key ", "Basic \(client.key)", "Key \(client.key)x", "Key x",
                "Key \(client.key) x",
                "Key \(revoked.1.revealed())", "Key " + String(repeating: "a", count: 10_000),
            ] {
                for (method, path, body) in [
                    (HTTPRequest.Method.post, Client.users, "not even JSON"), (.get, Client.users, nil),
                    (.get, Client.users + "/AAAAAAAA", nil), (.put, Client.users + "/AAAAAAAA", "{}"),
                    (.delete, Client.users + "/AAAAAAAA", nil),
                ] {
                    let answer = try await client.send(
                        method, path, body, authorization: authorization.isEmpty ? "" : authorization)
                    #expect(answer.isError("UnauthorizedException", 401), "\(authorization) \(method)")
                    #expect(answer.headers[.wwwAuthenticate] == "Key")
                }
            }
            #expect(!fixture.log.text.contains(client.key))
        }
    }

    @Test func aKeyDoesWhatItsRightsSayAndNothingElse() async throws {
        let reader = try fixture.registry.createAPIKey(name: "r", rights: [.readUsers]).1.revealed()
        let writer = try fixture.registry.createAPIKey(name: "w", rights: [.writeUsers]).1.revealed()
        try await fixture.withClient { client async throws in
            let path = "\(Client.users)/\(try await client.create().username)"
            for (method, path, body, isWrite) in [
                (HTTPRequest.Method.get, Client.users, nil, false), (.get, path, nil, false),
                (.post, Client.users, #"{"homeDirectory":"/b","description":"d"}"#, true),
                (.put, path, #"{"description":"x"}"#, true), (.delete, path, nil, true),
            ] {
                let refused = try await client.send(
                    method, path, body, authorization: "Key \(isWrite ? reader : writer)")
                #expect(refused.isError("AccessDeniedException", 403))
                let allowed = try await client.send(
                    method, path, body, authorization: "Key \(isWrite ? writer : reader)")
                #expect((200..<300).contains(allowed.status))
            }
        }
    }

    @Test func theUseOfAKeyIsNoted() async throws {
        try await fixture.withClient { client in _ = try await client.send(.get, Client.users) }
        #expect(try fixture.registry.apiKeys().first?.lastUsedDate == .today)
    }

    @Test(arguments: [
        "/", "", "/2022-04-01", "/2022-04-01/", "/2022-04-01/user", "/2022-04-01/users/", "/2022-04-01/users/A/B",
        "//2022-04-01/users", "/2022-04-01//users", "/2022-04-02/users", "/users", "/2022-04-01/Users", "/healthz/",
        "/metrics2", "/%", "/2022-04-01/%ff", "/2022-04-01/users%2FAAAAAAAA", "*", "/2022-04-01/users/A/", "/..%2f",
    ])
    func unknownPathsAreUnknownOperations(path: String) async throws {
        try await fixture.withClient { client async throws in
            let answer = try await client.send(.get, path)
            #expect(answer.isError("UnknownOperationException", 404), "\(answer.text)")
        }
    }

    @Test(arguments: [
        (HTTPRequest.Method.put, "/2022-04-01/users", "POST, GET"), (.delete, "/2022-04-01/users", "POST, GET"),
        (.options, "/2022-04-01/users", "POST, GET"), (.trace, "/2022-04-01/users/A", "GET, PUT, POST, PATCH, DELETE"),
        (.post, "/healthz", "GET, HEAD"), (.delete, "/readyz", "GET, HEAD"),
    ])
    func otherMethodsAreNotAllowed(method: HTTPRequest.Method, path: String, allow: String) async throws {
        try await fixture.withClient { client async throws in
            let answer = try await client.send(method, path)
            #expect(answer.isError("MethodNotAllowedException", 405))
            #expect(answer.headers[.allow] == allow)
        }
    }

    @Test(arguments: [
        ("application/json", true), ("application/json; charset=utf-8", true), ("Application/JSON ;x=y", true),
        ("application/json;", true), ("text/json", false), ("application/x-amz-json-1.1", false), ("", false),
        ("application/jsonx", false), ("application/json, text/plain", false),
        ("multipart/form-data; boundary=x", false),
    ])
    func onlyJSONIsTaken(type: String, isTaken: Bool) async throws {
        try await fixture.withClient { client async throws in
            let body = #"{"homeDirectory":"/a","description":"d"}"#
            let answer = try await client.send(.post, Client.users, body, headers: [.contentType: type])
            #expect(isTaken ? answer.status == 201 : answer.isError("UnsupportedMediaTypeException", 415), "\(type)")
        }
    }

    @Test func bodiesUpTo64KiBAreTaken() async throws {
        @Sendable func body(_ size: Int) -> String {
            let start = #"{"homeDirectory":"/a","description":"d","x":""#
            return start + String(repeating: "x", count: size - start.utf8.count - 2) + "\"}"
        }
        try await fixture.withClient { client async throws in
            #expect(try await client.send(.post, Client.users, body(65_536)).status == 201)
            let answer = try await client.send(.post, Client.users, body(65_537))
            #expect(answer.isError("RequestEntityTooLargeException", 413))
        }
    }

    @Test(arguments: [
        ("abc", true), ("!~", true), (String(repeating: "a", count: 128), true),
        (String(repeating: "a", count: 129), false),
        ("a b", false), ("", false), ("é", false), ("a\tb", false),
    ])
    func aSoundRequestIDIsKept(id: String, isKept: Bool) async throws {
        try await fixture.withClient { client async throws in
            for path in [Client.users, "/nowhere", "/healthz"] {
                let answer = try await client.send(.get, path, headers: [.requestID: id])
                let given = try #require(answer.headers[.requestID])
                #expect(isKept ? given == id : UUID(uuidString: given) != nil)
                #expect(answer.headers[.generatedClientsRequestID] == given)
            }
        }
    }

    @Test func theLimitOfUsersIsAQuota() async throws {
        let fixture = try APIFixture(maxUsers: 1)
        try await fixture.withClient { client async throws in
            _ = try await client.create("/a")
            #expect(try await client.create("/b").isError("ServiceQuotaExceededException", 402))
        }
        #expect(!fixture.homeExists("/b"))
    }

    @Test func timeoutsHaveTheirNames() async throws {
        for (stage, name) in [
            (BlockedStore.Stage.bucket, "BucketProvisioningTimeout"), (.home, "SftpProvisioningTimeout"),
        ] {
            let store = BlockedStore(stage: stage)
            defer { store.release() }
            let fixture = try APIFixture(store: store, timeout: .milliseconds(30))
            try await fixture.withClient { client async throws in
                #expect(try await client.create().isError(name, 504))
                #expect(try await client.send(.get, Client.users).items.isEmpty)
            }
        }
    }

    @Test func aStoppingServiceIsUnavailable() async throws {
        fixture.provisioner.refuse(because: "the service is stopping")
        try await fixture.withClient { client async throws in
            #expect(try await client.create().isError("ServiceUnavailableException", 503))
            #expect(try await client.send(.get, Client.users).status == 200)
        }
    }

    @Test func whatNobodyForesawSaysNothingOfTheInsideAndIsLogged() async throws {
        let fixture = try APIFixture(store: try unusableStore())
        try await fixture.withClient { client async throws in
            let answer = try await client.send(
                .post, Client.users, #"{"homeDirectory":"/a","description":"d"}"#, headers: [.requestID: "r-1"])
            #expect(answer.isError("UnmappedException", 500) && !answer.text.contains("buckets"))
        }
        #expect(fixture.log.text.contains("error request failed"))
        #expect(fixture.log.text.contains("request=r-1"))
    }

    @Test func healthAndReadinessNeedNoKey() async throws {
        try await fixture.withClient { client async throws in
            for method in [HTTPRequest.Method.get, .head] {
                #expect(try await client.send(method, "/healthz", authorization: "").status == 200)
                #expect(try await client.send(method, "/readyz", authorization: "").status == 200)
            }
            fixture.problems.withLock { $0 = ["the SFTP listener is starting"] }
            let answer = try await client.send(.get, "/readyz", authorization: "")
            #expect(answer.isError("ServiceUnavailableException", 503))
            #expect(answer.json["reasons"] as? [String] == ["the SFTP listener is starting"])
            let head = try await client.send(.head, "/readyz", authorization: "")
            #expect(
                head.status == 503 && head.text.isEmpty && head.headers[.contentLength] == "\(answer.text.utf8.count)")
            #expect(try await client.send(.get, "/healthz", authorization: "").status == 200)
        }
    }

    @Test func everyErrorHasTheStatusOfTheContract() {
        let statuses = Dictionary(uniqueKeysWithValues: APIError.Name.allCases.map { ($0.rawValue, $0.status.code) })
        #expect(
            statuses == [
                "ValidationException": 400, "UnauthorizedException": 401, "AccessDeniedException": 403,
                "ResourceNotFoundException": 404, "UnknownOperationException": 404, "MethodNotAllowedException": 405,
                "RequestEntityTooLargeException": 413, "UnsupportedMediaTypeException": 415,
                "ResourceConflictException": 409, "PreconditionFailed": 412,
                "ServiceQuotaExceededException": 402, "ThrottlingException": 429, "BucketProvisioningTimeout": 504,
                "SftpProvisioningTimeout": 504, "UnmappedException": 500, "ServiceUnavailableException": 503,
                // Not one of the contract: a request that is not whole in time is none of its operations.
                "RequestTimeoutException": 408,
            ])
    }

    /// A store on a directory that is gone.
    private func unusableStore() throws -> BucketStore {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("buckets-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        let store = try BucketStore(directory: path, umask: 0o027)
        try FileManager.default.removeItem(atPath: path)
        return store
    }
}

/// A store that doesn't come back until it is released.
final class BlockedStore: HomeStore {
    enum Stage { case bucket, home }

    private let stage: Stage
    private let semaphore = DispatchSemaphore(value: 0)

    init(stage: Stage) {
        self.stage = stage
    }

    func release() { semaphore.signal() }

    func makeBucket(_ name: String) throws(BucketStoreError) {
        if stage == .bucket { semaphore.wait() }
    }

    func makeHome(bucket: String, homeDirectory: String) throws(BucketStoreError) -> Int {
        if stage == .home { semaphore.wait() }
        return 0
    }

    func undo(_ creation: Int) {}
}
