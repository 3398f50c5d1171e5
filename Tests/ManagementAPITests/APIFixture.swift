import Audit
import BucketStore
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import LogTestSupport
import NIOCore
import PrometheusMetrics
import Provisioning
import Registry
import SessionBroker
import Synchronization
import Testing

@testable import ManagementAPI

/// The whole API on a registry and a store in a directory of its own.
final class APIFixture: Sendable {
    let directory: String
    let registry: Registry
    let provisioner: Provisioner
    let key: String
    let log = LogRecorder()
    let sessions = NotingSessions()
    let blocks = NotingBlocks()
    let open = NotingOpenSessions()
    let trail = EventRecorder()
    let metrics = PrometheusMetrics()
    let problems = Mutex<[String]>([])

    init(maxUsers: Int = 0, store: (any HomeStore)? = nil, timeout: Duration = .seconds(60)) throws {
        directory = FileManager.default.temporaryDirectory.appendingPathComponent("berth-\(UUID().uuidString)").path
        let buckets = directory + "/buckets"
        try FileManager.default.createDirectory(atPath: buckets, withIntermediateDirectories: true)
        registry = try Registry(path: directory + "/berth.sqlite")
        key = try registry.createAPIKey(name: "tests").1.revealed()
        provisioner = Provisioner(
            registry: registry, store: try store ?? BucketStore(directory: buckets, umask: 0o027), sessions: sessions,
            limits: Provisioner.Limits(maxUsers: maxUsers, timeout: timeout))
    }

    deinit {
        try? FileManager.default.removeItem(atPath: directory)
    }

    func application(
        requestTimeout: Duration = .seconds(30), idleTimeout: Duration = .seconds(60),
        within limit: (inout ManagementAPIOptions) -> Void = { _ in }
    ) -> some ApplicationProtocol {
        var options = ManagementAPIOptions(
            host: "127.0.0.1", port: 0, idleTimeout: idleTimeout, requestTimeout: requestTimeout)
        limit(&options)
        return managementAPI(
            options: options, registry: registry, provisioner: provisioner,
            sessions: SessionAdministration(keeper: open, pageTokenKey: registry.pageTokenKey),
            blocks: BlockAdministration(keeper: blocks, pageTokenKey: registry.pageTokenKey),
            status: Self.status, endpoint: { Self.endpoint },
            readinessProblems: { [self] in problems.withLock { $0 } }, observability: observability,
            version: Self.version, logger: log.logger)
    }

    private static let version = "1.2.3"
    private static let endpoint = SFTPEndpoint(host: "sftp.example.com", port: 2222)

    @Sendable private static func status() -> ServiceStatus {
        ServiceStatus(
            version: version, since: Date(timeIntervalSince1970: 1_000_000), sandboxLayers: ["openat2", "chroot"],
            sandboxMode: "strict", sessions: 7, disk: (5, 10), libssh: "0.10.6")
    }

    private var observability: Observability {
        Observability(
            audit: trail, metrics: metrics, metricsType: PrometheusMetrics.contentType,
            metricsText: { [metrics] in metrics.text() })
    }

    /// The routes that the API of ``application(requestTimeout:idleTimeout:)`` has.
    var routes: [Route] {
        managementRoutes(
            registry: registry, provisioner: provisioner,
            sessions: SessionAdministration(keeper: open, pageTokenKey: registry.pageTokenKey),
            blocks: BlockAdministration(keeper: blocks, pageTokenKey: registry.pageTokenKey), status: Self.status,
            endpoint: { Self.endpoint }, readinessProblems: { [] }, observability: observability,
            version: Self.version, queue: BlockingQueue(width: 1))
    }

    /// What is measured under that name: of each series what stands behind the name.
    func series(_ name: String) -> [String] {
        metrics.text().split(separator: "\n").filter { $0.hasPrefix(name) }.map { String($0.dropFirst(name.count)) }
    }

    /// The OpenAPI document.
    var documentText: String { OpenAPIDocument(routes: routes, version: Self.version).node.text }

    /// Runs `test` with a client that goes straight to the responder.
    func withClient(
        within limit: (inout ManagementAPIOptions) -> Void = { _ in },
        _ test: @Sendable (Client) async throws -> Void
    ) async throws {
        try await application(within: limit).test(.router) { try await test(Client(client: $0, key: self.key)) }
    }

    /// Runs `test` with a client over a socket.
    func withLiveClient(
        requestTimeout: Duration = .seconds(30), idleTimeout: Duration = .seconds(60),
        within limit: (inout ManagementAPIOptions) -> Void = { _ in },
        _ test: @Sendable (Client) async throws -> Void
    ) async throws {
        try await application(requestTimeout: requestTimeout, idleTimeout: idleTimeout, within: limit).test(.live) {
            try await test(Client(client: $0, key: self.key))
        }
    }

    func homeExists(_ home: String) -> Bool {
        FileManager.default.fileExists(atPath: directory + "/buckets/" + registry.bucketName + home)
    }
}

/// A client that speaks the contract, and expects each answer to be as the OpenAPI document says.
struct Client: Sendable {
    static let users = "/2022-04-01/users"

    let client: any TestClientProtocol
    let key: String

    func send(
        _ method: HTTPRequest.Method, _ path: String, _ body: String? = nil, headers: HTTPFields = [:],
        authorization: String? = nil
    ) async throws -> Answer {
        try await send(
            method, path, bytes: body.map { Array($0.utf8) }, headers: headers, authorization: authorization)
    }

    /// A request whose body may be anything.
    func send(
        _ method: HTTPRequest.Method, _ path: String, bytes: [UInt8]?, headers: HTTPFields = [:],
        authorization: String? = nil
    ) async throws -> Answer {
        var headers = headers
        headers[.authorization] = authorization ?? "Key \(key)"
        if headers[.authorization]?.isEmpty == true { headers[.authorization] = nil }
        let response = try await client.executeRequest(
            uri: path, method: method, headers: headers, body: bytes.map { ByteBuffer(bytes: $0) })
        let answer = Answer(response)
        let faults = try DocumentedAPI.shared.get().faults(method, path, answer)
        #expect(faults.isEmpty, "not as in the OpenAPI document")
        return answer
    }

    func create(_ home: String = "/acme") async throws -> Answer {
        try await send(.post, Self.users, #"{"homeDirectory":"\#(home)","description":"Acme Corp"}"#)
    }
}

/// A response, its body as JSON.
struct Answer {
    let status: Int
    let headers: HTTPFields
    let text: String
    let json: [String: Any]

    init(_ response: TestResponse) {
        self.init(
            status: response.status.code, headers: response.headers, text: String(buffer: response.body))
    }

    init(status: Int, headers: HTTPFields, text: String) {
        self.status = status
        self.headers = headers
        self.text = text
        json = (try? JSONSerialization.jsonObject(with: Data(text.utf8))) as? [String: Any] ?? [:]
    }

    var code: String? { json["code"] as? String }
    var username: String { json["username"] as? String ?? "" }
    var paths: [String]? { (json["fieldList"] as? [[String: String]])?.map { $0["path"] ?? "?" } }
    var items: [[String: Any]] { json["items"] as? [[String: Any]] ?? [] }

    /// Whether this is the error `name` in every part of its form.
    func isError(_ name: String, _ expected: Int, paths: [String]? = nil) -> Bool {
        let fields = json["fieldList"] as? [[String: String]]
        return status == expected && code == name && headers[.errorType] == name
            && headers[.contentType] == "application/json" && (json["message"] as? String)?.isEmpty == false
            && self.paths == paths && headers[.requestID] != nil
            && (fields ?? []).allSatisfy { $0["message"]?.isEmpty == false }
    }
}

final class NotingSessions: SessionEnding {
    let ended = Mutex<[String]>([])

    func endSessions(ofUser username: String, reason: String) async {
        ended.withLock { $0.append(username) }
    }

    func endWeakSessions(ofUser username: String, reason: String) async {
        ended.withLock { $0.append("weak " + username) }
    }
}

final class NotingOpenSessions: SessionKeeping {
    let present = Mutex<[OpenSession]>([])

    func sessions() async -> [OpenSession] { present.withLock { $0 } }

    func endSession(_ id: String, reason: String) async -> Bool {
        present.withLock { present in
            let count = present.count
            present.removeAll { $0.id == id }
            return present.count < count
        }
    }
}

final class NotingBlocks: BlockKeeping {
    let present = Mutex<[BlockedSource]>([])

    func blocks() async -> [BlockedSource] { present.withLock { $0 } }

    func unblock(_ address: String) async throws(RegistryError) -> Bool {
        present.withLock { present in
            let count = present.count
            present.removeAll { $0.source == address }
            return present.count < count
        }
    }
}

/// Keeps what was taken down.
final class EventRecorder: AuditTrail {
    private let kept = Mutex<[AuditEvent]>([])

    var events: [AuditEvent] { kept.withLock { $0 } }

    func record(_ event: AuditEvent) { kept.withLock { $0.append(event) } }
}
