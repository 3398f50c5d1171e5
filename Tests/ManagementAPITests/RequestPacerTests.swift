import NIOCore
import NIOEmbedded
import Testing

@testable import ManagementAPI

@Suite struct RequestPacerTests {
    /// Takes a head a line at a time, and nothing behind it until it is told to.
    private final class Server: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer

        var appetite = RequestPacer.Appetite.line
        var pieces: [String] = []
        var isEnded = false

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            pieces.append(String(buffer: unwrapInboundIn(data)))
            if pieces.last == "\r\n" { appetite = .nothing }
        }

        func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
            if case .inputClosed? = event as? ChannelEvent { isEnded = true }
        }
    }

    /// Counts what is read of the socket.
    private final class Socket: ChannelOutboundHandler {
        typealias OutboundIn = ByteBuffer

        var reads = 0

        func read(context: ChannelHandlerContext) {
            reads += 1
            context.read()
        }
    }

    private let channel = EmbeddedChannel()
    private let server = Server()
    private let socket = Socket()

    init() throws {
        try channel.pipeline.syncOperations.addHandlers([socket, RequestPacer { [server] in server.appetite }, server])
        try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
        socket.reads = 0
    }

    private func receive(_ text: String) throws { try channel.writeInbound(ByteBuffer(string: text)) }

    private func resume(_ appetite: RequestPacer.Appetite) {
        server.appetite = appetite
        channel.triggerUserOutboundEvent(RequestPacer.Resume(), promise: nil)
    }

    @Test func whatIsSentAheadWaitsForItsTurnAndNothingMoreIsRead() throws {
        try receive("GET /a HTTP/1.1\r\nHo")
        #expect(server.pieces == ["GET /a HTTP/1.1\r\n", "Ho"])
        channel.read()
        #expect(socket.reads == 1)
        try receive("st: a\r\n\r\nGET /b HTTP/1.1\r\n\r\nGET /c")
        #expect(server.pieces.dropFirst(2) == ["st: a\r\n", "\r\n"])
        channel.read()
        channel.read()
        #expect(socket.reads == 1)
        resume(.line)
        #expect(server.pieces.dropFirst(4) == ["GET /b HTTP/1.1\r\n", "\r\n"])
        #expect(socket.reads == 1)
        resume(.line)
        #expect(server.pieces.dropFirst(6) == ["GET /c"])
        // Once for all that was asked for.
        #expect(socket.reads == 2)
        resume(.line)
        #expect(socket.reads == 2)
        _ = try channel.finish()
    }

    @Test func aBodyComesInOnePieceWhateverIsInIt() throws {
        server.appetite = .bytes(5)
        try receive("\n\n\n")
        server.appetite = .bytes(2)
        try receive("\n\nGET")
        #expect(server.pieces == ["\n\n\n", "\n\n", "GE", "T"])
        _ = try channel.finish()
    }

    @Test func theEndOfTheClientsSideComesBehindWhatItSent() throws {
        try receive("\r\nGET / HTTP/1.1\r\n")
        channel.pipeline.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
        #expect(server.pieces == ["\r\n"] && !server.isEnded)
        resume(.line)
        #expect(server.pieces.count == 2 && server.isEnded)
        _ = try channel.finish()
    }

    @Test func behindTheLastRequestAllIsDroppedAndReadOnToTheEnd() throws {
        try receive("\r\nGET / HTTP/1.1\r\n")
        channel.read()
        #expect(socket.reads == 0)
        resume(.end)
        #expect(socket.reads == 1)
        for _ in 0..<40 { try receive(String(repeating: "x", count: RequestPacer.readLimitBytes)) }
        #expect(server.pieces == ["\r\n"] && channel.isActive)
        channel.pipeline.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
        #expect(server.isEnded)
        _ = try channel.finish()
    }

    @Test func whatWaitsIsBounded() throws {
        server.appetite = .nothing
        for _ in 0..<16 { try receive(String(repeating: "x", count: RequestPacer.heldLimitBytes / 16)) }
        #expect(channel.isActive)
        try receive("x")
        #expect(!channel.isActive && server.pieces.isEmpty)
        _ = try channel.finish(acceptAlreadyClosed: true)
    }
}
