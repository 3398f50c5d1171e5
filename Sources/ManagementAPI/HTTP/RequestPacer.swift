import NIOCore

/// Hands what a client sends to the decoder a line or a body at a time, and nothing while a request waits for its response.
///
/// Taken apart, a request has many times the size of its bytes, and the decoder takes apart all that it is given, whatever
/// comes of it. So what clients send ahead waits here as bytes, and no more is read meanwhile.
final class RequestPacer: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer
    typealias OutboundIn = Never
    typealias OutboundOut = Never

    /// What is wanted of the bytes that have come.
    enum Appetite: Equatable {
        /// As much as is there up to the end of a line: a request ends there, or in a later line. Whole behind its end is no
        /// other one.
        case line
        /// As much as is there of so many bytes.
        case bytes(Int)
        /// Nothing for now.
        case nothing
        /// Nothing any more: they are dropped.
        case end
    }

    /// Goes towards the client when the appetite may have changed.
    struct Resume: Sendable {}

    /// Bytes that are read at once.
    static let readLimitBytes = 1 << 14
    /// Bytes that may wait. There are more than were read at once only if the client has shut its side: then the channel
    /// reads on to the end.
    static let heldLimitBytes = 1 << 18
    private static let lineFeed = UInt8(ascii: "\n")

    private let appetite: () -> Appetite
    private var held = ByteBuffer()
    private var isEndHeld = false
    private var isReadHeld = false
    private var isDelivering = false

    /// A pacer that asks before each piece what is wanted.
    init(appetite: @escaping () -> Appetite) {
        self.appetite = appetite
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var bytes = unwrapInboundIn(data)
        if held.readableBytes == 0 { held = bytes } else { held.writeBuffer(&bytes) }
        deliver(context)
        guard held.readableBytes > Self.heldLimitBytes else { return }
        held = ByteBuffer()
        context.close(promise: nil)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case .inputClosed? = event as? ChannelEvent, held.readableBytes > 0 {
            isEndHeld = true
        } else {
            context.fireUserInboundEventTriggered(event)
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        held = ByteBuffer()
        context.fireChannelInactive()
    }

    func handlerRemoved(context: ChannelHandlerContext) { held = ByteBuffer() }

    func read(context: ChannelHandlerContext) {
        guard held.readableBytes > 0 else { return context.read() }
        isReadHeld = true
    }

    func triggerUserOutboundEvent(context: ChannelHandlerContext, event: Any, promise: EventLoopPromise<Void>?) {
        guard event is Resume else { return context.triggerUserOutboundEvent(event, promise: promise) }
        promise?.succeed()
        guard held.readableBytes > 0 else { return }
        deliver(context)
        context.fireChannelReadComplete()
        guard held.readableBytes == 0, isReadHeld else { return }
        isReadHeld = false
        context.read()
    }

    private func deliver(_ context: ChannelHandlerContext) {
        guard !isDelivering else { return }
        isDelivering = true
        while let piece = next() { context.fireChannelRead(wrapInboundOut(piece)) }
        isDelivering = false
        guard held.readableBytes == 0 else { return }
        // It may be a part of something larger.
        held = ByteBuffer()
        guard isEndHeld else { return }
        isEndHeld = false
        context.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
    }

    private func next() -> ByteBuffer? {
        guard held.readableBytes > 0 else { return nil }
        switch appetite() {
        case .line:
            let view = held.readableBytesView
            let length = view.firstIndex(of: Self.lineFeed).map { $0 - view.startIndex + 1 }
            return held.readSlice(length: length ?? held.readableBytes)
        case .bytes(let count): return held.readSlice(length: min(max(1, count), held.readableBytes))
        case .nothing: return nil
        case .end:
            held = ByteBuffer()
            return nil
        }
    }
}
