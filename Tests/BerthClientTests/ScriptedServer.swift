import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import Synchronization

/// An HTTP server that fails as a network or an overloaded service does, step by step. It stands for what the real daemon
/// can't be made to do; everything else is tested against that one.
final class ScriptedServer: Sendable {
    /// What becomes of one request.
    enum Step: Sendable {
        /// With `connection: close` it is the connection's last one.
        case answer(Int, headers: [(String, String)] = [], body: String = "")
        /// The connection ends instead of an answer.
        case hangUp
        /// Nothing comes, and the connection stays.
        case silence
    }

    /// A request as it came.
    struct Received: Sendable {
        let method: String
        let uri: String
        let headers: HTTPHeaders
        let body: String
    }

    private struct State {
        var steps: [Step]
        /// Connections that are closed as soon as they are accepted.
        var refusedConnections: Int
        var requests: [Received] = []
    }

    private let state: Mutex<State>

    private init(_ steps: [Step], refusedConnections: Int) {
        state = Mutex(State(steps: steps, refusedConnections: refusedConnections))
    }

    /// Runs a server for the time of `body`, which gets it with its base URL.
    ///
    /// - Parameters:
    ///   - steps: what becomes of the requests in the order in which they come; of further ones the last step.
    ///   - refusedConnections: connections that are closed before anything is read.
    ///   - tls: certificate and key, for a server that encrypts.
    static func with<Value>(
        _ steps: [Step], refusedConnections: Int = 0, tls: TLSConfiguration? = nil,
        body: (ScriptedServer, String) async throws -> Value
    ) async throws -> Value {
        let server = ScriptedServer(steps, refusedConnections: refusedConnections)
        let context = try tls.map { try NIOSSLContext(configuration: $0) }
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in server.prepare(channel, context) }
            .bind(host: "127.0.0.1", port: 0).get()
        let scheme = tls == nil ? "http" : "https"
        let base = "\(scheme)://127.0.0.1:\(channel.localAddress?.port ?? 0)/2022-04-01"
        do {
            let value = try await body(server, base)
            try await channel.close()
            return value
        } catch {
            try? await channel.close()
            throw error
        }
    }

    var requests: [Received] { state.withLock { $0.requests } }

    private func prepare(_ channel: any Channel, _ context: NIOSSLContext?) -> EventLoopFuture<Void> {
        let isRefused = state.withLock { state in
            guard state.refusedConnections > 0 else { return false }
            state.refusedConnections -= 1
            return true
        }
        if isRefused { return channel.close() }
        return channel.eventLoop.makeCompletedFuture {
            if let context { try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: context)) }
            try channel.pipeline.syncOperations.configureHTTPServerPipeline()
            try channel.pipeline.syncOperations.addHandler(Handler(server: self))
        }
    }

    fileprivate func receive(_ request: Received) -> Step {
        state.withLock { state in
            state.requests.append(request)
            return state.steps.count > 1 ? state.steps.removeFirst() : state.steps.first ?? .hangUp
        }
    }
}

private final class Handler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let server: ScriptedServer
    private var head: HTTPRequestHead?
    private var body = ""

    init(server: ScriptedServer) {
        self.server = server
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            self.head = head
            body = ""
        case .body(let bytes): body += String(buffer: bytes)
        case .end:
            guard let head else { return }
            let request = ScriptedServer.Received(
                method: head.method.rawValue, uri: head.uri, headers: head.headers, body: body)
            act(server.receive(request), context)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    private func act(_ step: ScriptedServer.Step, _ context: ChannelHandlerContext) {
        switch step {
        case .silence: break
        case .hangUp: context.close(promise: nil)
        case .answer(let status, let headers, let body):
            var fields = HTTPHeaders(headers)
            fields.replaceOrAdd(name: "content-length", value: String(body.utf8.count))
            context.write(
                wrapOutboundOut(
                    .head(HTTPResponseHead(version: .http1_1, status: .init(statusCode: status), headers: fields))),
                promise: nil)
            context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(string: body)))), promise: nil)
            context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
            if fields["connection"] == ["close"] { context.close(promise: nil) }
        }
    }
}

/// Answers in the service's form.
enum Answers {
    static let user = #"""
        {"username":"VVJ9PRKM","homeDirectory":"/partners/acme","description":"Acme Corp","bucketName":"b-sftp",\#
        "endpoint":"sftp.example.com","port":2222,"later":true}
        """#
    static let createdUser = user.replacing(#""later":true"#, with: #""password":"s3cret0fAcme1234""#)

    static func error(
        _ status: Int, _ name: String, message: String = "No.", headers: [(String, String)] = []
    ) -> ScriptedServer.Step {
        .answer(
            status, headers: [("x-amzn-errortype", name)] + headers,
            body: #"{"code":"\#(name)","message":"\#(message)"}"#)
    }
}
