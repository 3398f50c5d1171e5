import NIOCore
import NIOHTTP1

/// Holds the heads of requests to what RFC 9110 and RFC 9112 ask of them beyond their syntax, which is the decoder's matter,
/// and says at which response a connection ends.
///
/// A request that breaks a rule is answered with 400 and the connection is closed, since client and server may not mean the
/// same by what follows.
final class RequestRules: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    /// Requests that may be sent ahead of the responses to those before them.
    static let aheadLimit = 64

    /// Pieces of their bodies. A client that has shut its side is read to its end, however much that is.
    static let piecesAheadLimit = 1_024

    private var isBroken = false
    private var piecesAhead = 0
    /// For each request that is not answered yet, whether the connection ends with its response.
    private var endings = CircularBuffer<Bool>()

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isBroken else { return }
        guard case .head(var head) = unwrapInboundIn(data) else {
            piecesAhead = endings.count > 1 ? piecesAhead + 1 : 0
            guard piecesAhead <= Self.piecesAheadLimit else {
                return fail(RequestFault(message: "Too much was sent ahead."), context)
            }
            return context.fireChannelRead(data)
        }
        if let fault = Self.fault(in: head) { return fail(fault, context) }
        guard endings.count <= Self.aheadLimit else {
            return fail(RequestFault(message: "At most \(Self.aheadLimit) requests are sent ahead."), context)
        }
        guard let target = Self.originForm(of: head.uri, method: head.method) else {
            return fail(RequestFault(message: "The request's target is none of the forms of RFC 9112."), context)
        }
        head.uri = target
        // The decoder reads nothing behind a request that asks for another protocol, and the server knows the end of a
        // connection by this word alone.
        let ends = !head.isKeepAlive || head.version == .http1_0 || head.method == .CONNECT || Self.asksForUpgrade(head)
        if ends { head.headers.replaceOrAdd(name: "Connection", value: "close") }
        endings.append(ends)
        context.fireChannelRead(wrapInboundOut(.head(head)))
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        switch unwrapOutboundIn(data) {
        case .head(var head) where head.status.code >= 200:
            guard endings.first ?? true else { break }
            head.headers.replaceOrAdd(name: "Connection", value: "close")
            return context.write(wrapOutboundOut(.head(head)), promise: promise)
        case .end: _ = endings.popFirst()
        case .head, .body: break
        }
        context.write(data, promise: promise)
    }

    private func fail(_ fault: RequestFault, _ context: ChannelHandlerContext) {
        isBroken = true
        context.fireUserInboundEventTriggered(fault)
        context.fireErrorCaught(HTTPParserError.unknown)
    }

    /// What is wrong with the fields; nil when nothing is.
    static func fault(in head: HTTPRequestHead) -> RequestFault? {
        let hosts = head.headers["Host"]
        // RFC 9112 section 3.2.
        guard hosts.count == 1 || (hosts.isEmpty && head.version == .http1_0), hosts.allSatisfy(isHost) else {
            return RequestFault(message: "A request needs exactly one Host, which is a name or an address.")
        }
        // RFC 9112 section 6.1: what can't be decoded has no end that both sides agree on.
        let codings = head.headers["Transfer-Encoding"]
        guard
            codings.isEmpty || (codings.count == 1 && codings[0].lowercased() == "chunked" && head.version == .http1_1)
        else { return RequestFault(message: "The only transfer coding is chunked, in HTTP/1.1.") }
        // RFC 9110 section 5.5, RFC 9112 section 5.2: none of these may be in a value, nor may a value go on in another line.
        let isPlain = head.headers.allSatisfy { field in
            field.value.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7f || $0 == UInt8(ascii: "\t") }
        }
        guard isPlain else { return RequestFault(message: "A header field has control characters in its value.") }
        return nil
    }

    /// uri-host and port of RFC 9110 section 7.2, or nothing.
    private static func isHost(_ text: String) -> Bool {
        text.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"):
                true
            default: "-._~!$&'()*+,;=:[]%".utf8.contains(byte)
            }
        }
    }

    private static func asksForUpgrade(_ head: HTTPRequestHead) -> Bool {
        head.headers.contains(name: "Upgrade")
            && head.headers[canonicalForm: "Connection"].contains { $0.lowercased() == "upgrade" }
    }

    /// The target as a path with its query, whichever of the forms of RFC 9112 section 3.2 it has; nil when it has none.
    static func originForm(of target: String, method: HTTPMethod) -> String? {
        guard !target.utf8.contains(UInt8(ascii: "#")) else { return nil }
        if target.utf8.first == UInt8(ascii: "/") { return target }
        if method == .CONNECT || (method == .OPTIONS && target == "*") { return target }
        let lowercased = target.lowercased()
        guard let scheme = ["http://", "https://"].first(where: lowercased.hasPrefix) else { return nil }
        let rest = target.utf8.dropFirst(scheme.utf8.count)
        let authority = rest.prefix { $0 != UInt8(ascii: "/") && $0 != UInt8(ascii: "?") }
        // RFC 9110 sections 4.2.1 and 4.2.4: a host there has to be, and nobody's name and password.
        guard !authority.isEmpty, isHost(String(decoding: authority, as: UTF8.self)) else { return nil }
        let path = String(decoding: rest.dropFirst(authority.count), as: UTF8.self)
        return path.hasPrefix("/") ? path : "/" + path
    }
}
