import Foundation
import HTTPTypes
import Logging
import NIOCore
import NIOHTTP1
import NIOHTTPTypes

/// Keeps slow and endless senders, and clients that don't read, from holding a connection; tells clients that wait for it
/// to send their body; answers connections that are refused; and gives answers that the server makes on its own, for
/// requests it can't parse, the contract's form.
///
/// Hummingbird's idle time-out starts again with each piece of a body, and it reads the rest of a refused body for as long
/// as there is one.
final class ConnectionGuard: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    /// Bytes of a body that are read at all: beyond, the connection is closed. Well above the contract's limit, so that
    /// a client which sends a little too much gets to read why it was refused.
    static let bodyLimitBytes = 1 << 20
    /// What a client has to close its side once ours is: it may be reading the last response.
    static let lingerTime: TimeAmount = .seconds(2)

    private let requestTimeout: TimeAmount
    private let metrics: RequestMetrics
    private let connections: Connections
    private let admission: Connections.Admission
    private let isTLS: Bool
    private let logger: Logger
    private var deadline: Scheduled<Void>?
    private var bodySizeBytes = 0
    private var isReadingRequest = false
    /// Whether there is a request whose response is not written yet: the next one waits for that.
    private var isAnswering = false
    /// Whether its operation begins when it is whole.
    private var isBodyAwaited = false
    private var writeDeadline: Scheduled<Void>?
    private var lingerDeadline: Scheduled<Void>?
    private var fault = RequestFault.noHTTP
    private var isDone = false
    /// Whether nothing more is taken: the last response is written, or what came is no HTTP.
    private var isDeaf = false
    /// Whether the response that is being written says that it is the last.
    private var isLast = false

    /// A guard that closes connections whose request is not whole `requestTimeout` after its head, or whose response is not
    /// taken in that time.
    init(
        requestTimeout: TimeAmount, connections: Connections, admission: Connections.Admission, isTLS: Bool,
        metrics: RequestMetrics, logger: Logger
    ) {
        self.requestTimeout = requestTimeout
        self.metrics = metrics
        self.connections = connections
        self.admission = admission
        self.isTLS = isTLS
        self.logger = logger
    }

    func channelActive(context: ChannelHandlerContext) {
        switch admission {
        case .admitted: break
        case .refused: linger(context)
        case .closed: return context.close(promise: nil)
        }
        context.fireChannelActive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isDone, !isDeaf else { return }
        let part = unwrapInboundIn(data)
        if case .refused(let reason) = admission {
            guard case .head(let request) = part else { return }
            return refuse(request, reason, context)
        }
        switch part {
        case .head(let request):
            bodySizeBytes = 0
            isReadingRequest = true
            inviteBody(of: request, context: context)
            isAnswering = true
            isBodyAwaited = [.post, .put, .patch].contains(request.method)
            connections.begin(context.channel)
            deadline?.cancel()
            deadline = context.eventLoop.assumeIsolated().scheduleTask(in: requestTimeout) { self.isLate(context) }
        case .body(let part):
            bodySizeBytes += part.readableBytes
            guard bodySizeBytes <= Self.bodyLimitBytes else {
                isDeaf = true
                return context.close(promise: nil)
            }
        case .end:
            isReadingRequest = false
            deadline?.cancel()
        }
        context.fireChannelRead(data)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if let fault = event as? RequestFault { self.fault = fault }
        context.fireUserInboundEventTriggered(event)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if let error = error as? HTTPParserError {
            isDeaf = true
            if case .headerOverflow = error { fault = .headTooLarge }
        }
        context.fireErrorCaught(error)
    }

    func channelInactive(context: ChannelHandlerContext) {
        cancel()
        context.fireChannelInactive()
    }

    func handlerRemoved(context: ChannelHandlerContext) { cancel() }

    private func cancel() {
        for scheduled in [deadline, writeDeadline, lingerDeadline] { scheduled?.cancel() }
    }

    /// RFC 9110 section 10.1.1: a client that expects it sends its body when it is told to. One whose body is too large is
    /// told that by the response.
    private func inviteBody(of request: HTTPRequest, context: ChannelHandlerContext) {
        guard request.headerFields[.expect]?.lowercased() == "100-continue" else { return }
        let length = request.headerFields[.contentLength].map { Int($0) ?? .max } ?? 0
        guard length <= RequestBodyReader.limitBytes else { return }
        context.writeAndFlush(wrapOutboundOut(.head(HTTPResponse(status: .continue))), promise: nil)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        switch unwrapOutboundIn(data) {
        case .head(let head):
            let channel = context.channel
            isLast = head.headerFields[.connection] == "close"
            writeDeadline?.cancel()
            writeDeadline = context.eventLoop.scheduleTask(in: requestTimeout) { channel.close(promise: nil) }
            // Every response of the API has an id. One without is the server's own to bytes that are no request.
            if head.headerFields[.requestID] == nil, head.status == .badRequest {
                return answerFault(head.headerFields, context, promise)
            }
        case .body:
            break
        case .end:
            isAnswering = false
            connections.end(context.channel)
            let written = promise ?? context.eventLoop.makePromise()
            if let deadline = writeDeadline { written.futureResult.whenComplete { _ in deadline.cancel() } }
            writeDeadline = nil
            guard !isDone else { return written.succeed() }
            // The next request, if it is there, comes within this write.
            if isLast { isDeaf = true }
            context.write(data, promise: written)
            guard isLast else { return }
            context.flush()
            return close(context: context, mode: .output, promise: nil)
        }
        context.write(data, promise: promise)
    }

    /// The server shuts its side when it has answered for the last time, and would wait for the client's for as long as for a
    /// request. TLS knows no shutting of the other side alone.
    func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        if mode == .output {
            // RFC 9112 section 9.6: what was sent behind the last request is not looked at.
            isDeaf = true
            linger(context)
        }
        context.close(mode: mode == .input && isTLS ? .all : mode, promise: promise)
    }

    private func linger(_ context: ChannelHandlerContext) {
        guard lingerDeadline == nil else { return }
        let channel = context.channel
        lingerDeadline = context.eventLoop.scheduleTask(in: Self.lingerTime) { channel.close(promise: nil) }
    }

    /// The first request of a connection that is one too many.
    private func refuse(_ request: HTTPRequest, _ reason: String, _ context: ChannelHandlerContext) {
        endWith(.serviceUnavailable, reason, to: request, context)
    }

    /// The request is not whole in time. Where it has been begun with all the same, nothing is said: 408 means that nothing
    /// was carried out.
    private func isLate(_ context: ChannelHandlerContext) {
        guard isAnswering, isBodyAwaited, writeDeadline == nil else { return context.close(promise: nil) }
        metrics.countInvalid(status: APIError.Name.requestTimeout.status.code)
        let seconds = requestTimeout.nanoseconds / 1_000_000_000
        endWith(.requestTimeout, "The request was not whole \(seconds) seconds after its head.", to: nil, context)
    }

    private func endWith(
        _ name: APIError.Name, _ message: String, to request: HTTPRequest?, _ context: ChannelHandlerContext
    ) {
        isDone = true
        writeError(name, message, [.connection: "close"], to: request, context, nil)
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        close(context: context, mode: .output, promise: nil)
    }

    /// In the place of the server's own response. A request that has its response already, whose rest is broken, gets no
    /// second one.
    private func answerFault(
        _ fields: HTTPFields, _ context: ChannelHandlerContext, _ promise: EventLoopPromise<Void>?
    ) {
        guard !isReadingRequest || isAnswering else {
            isDone = true
            promise?.succeed()
            return
        }
        metrics.countInvalid(status: APIError.Name.validation.status.code)
        writeError(.validation, fault.message, fields, context, promise)
    }

    private func writeError(
        _ name: APIError.Name, _ message: String, _ fields: HTTPFields, to request: HTTPRequest? = nil,
        _ context: ChannelHandlerContext, _ promise: EventLoopPromise<Void>?
    ) {
        let list = name == .validation ? #""fieldList":[],"# : ""
        let body = #"{"code":"\#(name.rawValue)",\#(list)"message":"\#(message)"}"#
        var fields = fields
        let requestID = RequestID.choose(request?.headerFields[.requestID])
        fields[.requestID] = requestID
        fields[.generatedClientsRequestID] = requestID
        fields[.errorType] = name.rawValue
        fields[.contentType] = "application/json"
        fields[.contentLength] = String(body.utf8.count)
        log(name.status, requestID, request, context)
        context.write(wrapOutboundOut(.head(HTTPResponse(status: name.status, headerFields: fields))), promise: nil)
        guard request?.method != .head else {
            promise?.succeed()
            return
        }
        context.write(wrapOutboundOut(.body(ByteBuffer(string: body))), promise: promise)
    }

    /// Like any other request, so that its id is found.
    private func log(
        _ status: HTTPResponse.Status, _ id: String, _ request: HTTPRequest?, _ context: ChannelHandlerContext
    ) {
        guard logger.logLevel <= .debug else { return }
        var fields: Logger.Metadata = ["request": "\(id)", "status": "\(status.code)"]
        if let address = context.channel.remoteAddress?.ipAddress { fields["address"] = "\(address)" }
        if let request { fields["method"] = "\(request.method.rawValue)" }
        if let path = request?.path { fields["path"] = "\(path.prefix { $0 != "?" })" }
        logger.debug("request", metadata: fields)
    }
}
