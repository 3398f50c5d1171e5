import HummingbirdCore
import Logging
import NIOCore
import NIOHTTP1
import NIOSSL

/// A connection of the API: HTTP/1.1, over TLS where there is a certificate, within the limits on connections and on what a
/// request may look like and how long it may take.
struct APIChannel: ServerChildChannel {
    typealias Value = HTTP1Channel.Value

    /// What a TLS handshake may take; less where a request may.
    static let handshakeTimeout: TimeAmount = .seconds(10)

    let http: HTTP1Channel
    let certificate: CurrentCertificate?
    let connections: Connections
    let requestTimeout: TimeAmount
    let metrics: RequestMetrics
    let logger: Logger

    /// Never fails for a connection that is refused: the server would take that for a fault of its own.
    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
        channel.eventLoop.makeCompletedFuture { () -> Connections.Admission in
            limitReads(of: channel)
            let admission = connections.open(channel)
            if let certificate, admission == .admitted {
                let pipeline = channel.pipeline.syncOperations
                try pipeline.addHandler(NIOSSLServerHandler(context: certificate.certificate.context))
                try pipeline.addHandler(HandshakeDeadline(timeout: min(requestTimeout, Self.handshakeTimeout)))
            }
            return admission
        }.flatMap { admission in
            http.setup(channel: channel, logger: logger).flatMapThrowing { value in
                try addRules(to: channel, admission)
                return value
            }
        }
    }

    func handle(value: Value, logger: Logger) async {
        await http.handle(value: value, logger: logger)
    }

    private func addRules(to channel: any Channel, _ admission: Connections.Admission) throws {
        let pipeline = channel.pipeline.syncOperations
        let decoder = try pipeline.handler(type: ByteToMessageHandler<HTTPRequestDecoder>.self)
        let rules = RequestRules()
        try pipeline.addHandler(rules, position: .after(decoder))
        // What was sent ahead is looked at when the request before it is answered.
        try pipeline.addHandler(HTTPServerPipelineHandler(), position: .after(rules))
        let state = try pipeline.handler(type: HTTPConnectionStateHandler.self)
        let connection = ConnectionGuard(
            requestTimeout: requestTimeout, connections: connections, admission: admission, isTLS: certificate != nil,
            metrics: metrics, logger: logger)
        try pipeline.addHandler(connection, position: .before(state))
    }

    /// Bytes that are read at once.
    static let readLimitBytes = 1 << 12

    /// What nobody has asked for yet is the kernel's to keep: taken apart, requests have many times the size of their bytes.
    private func limitReads(of channel: any Channel) {
        let options = channel.syncOptions
        try? options?.setOption(.maxMessagesPerRead, value: 1)
        try? options?.setOption(
            .recvAllocator,
            value: AdaptiveRecvByteBufferAllocator(minimum: 64, initial: 2_048, maximum: Self.readLimitBytes))
    }
}
