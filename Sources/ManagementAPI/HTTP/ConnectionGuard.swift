import Foundation
import HTTPTypes
import NIOCore
import NIOHTTPTypes

/// Keeps slow and endless senders, and clients that don't read, from holding a connection; tells clients that wait for it
/// to send their body; and gives answers that the server makes on its own, for requests it can't parse, the contract's
/// form.
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

    private let requestTimeout: TimeAmount
    private let metrics: RequestMetrics
    private var deadline: Scheduled<Void>?
    private var bodySizeBytes = 0
    /// Requests whose response is not written yet.
    private var requestsInProgress = 0
    private var writeDeadline: Scheduled<Void>?

    /// A guard that closes connections whose request is not whole `requestTimeout` after its head, or whose response is not
    /// taken in that time.
    init(requestTimeout: TimeAmount, metrics: RequestMetrics) {
        self.requestTimeout = requestTimeout
        self.metrics = metrics
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let request):
            bodySizeBytes = 0
            // Behind another request the invitation would stand in the middle of that one's response.
            if requestsInProgress == 0 { inviteBody(of: request, context: context) }
            requestsInProgress += 1
            let channel = context.channel
            deadline?.cancel()
            deadline = context.eventLoop.scheduleTask(in: requestTimeout) { channel.close(promise: nil) }
        case .body(let part):
            bodySizeBytes += part.readableBytes
            guard bodySizeBytes <= Self.bodyLimitBytes else { return context.close(promise: nil) }
        case .end: deadline?.cancel()
        }
        context.fireChannelRead(data)
    }

    func channelInactive(context: ChannelHandlerContext) {
        deadline?.cancel()
        writeDeadline?.cancel()
        context.fireChannelInactive()
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        deadline?.cancel()
        writeDeadline?.cancel()
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
        case .head:
            let channel = context.channel
            writeDeadline?.cancel()
            writeDeadline = context.eventLoop.scheduleTask(in: requestTimeout) { channel.close(promise: nil) }
        case .body:
            break
        case .end:
            requestsInProgress -= 1
            let written = promise ?? context.eventLoop.makePromise()
            if let deadline = writeDeadline { written.futureResult.whenComplete { _ in deadline.cancel() } }
            writeDeadline = nil
            return context.write(data, promise: written)
        }
        // Every response of the API has an id. One without is the server's own to bytes that are no request.
        guard case .head(let head) = unwrapOutboundIn(data), head.headerFields[.requestID] == nil,
            head.status == .badRequest
        else { return context.write(data, promise: promise) }
        metrics.countInvalid(status: head.status.code)
        let message = "The request is not valid HTTP/1.1, or its head is too large."
        let body = #"{"code":"ValidationException","fieldList":[],"message":"\#(message)"}"#
        var fields = head.headerFields
        let requestID = RequestID.choose(nil)
        fields[.requestID] = requestID
        fields[.generatedClientsRequestID] = requestID
        fields[.errorType] = APIError.Name.validation.rawValue
        fields[.contentType] = "application/json"
        fields[.contentLength] = String(body.utf8.count)
        context.write(wrapOutboundOut(.head(HTTPResponse(status: head.status, headerFields: fields))), promise: nil)
        context.write(wrapOutboundOut(.body(ByteBuffer(string: body))), promise: promise)
    }
}
