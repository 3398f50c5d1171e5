import Glibc
import SSHWire
import SessionControl

/// The listener's end of the link to the broker. Sending never waits: what the socket can't take now is kept in order.
struct ControlLink: ~Copyable {
    /// A message that waits for room in the socket.
    struct Pending: Equatable {
        let bytes: [UInt8]
        /// The session whose descriptor goes along.
        let session: SessionID?
    }

    private let socket: SeqPacketSocket
    private(set) var pending: [Pending] = []
    private var buffer = ByteQueue(capacity: SeqPacketSocket.messageLimit)

    init(_ socket: consuming SeqPacketSocket, pending: [Pending] = []) {
        self.socket = socket
        self.pending = pending
    }

    /// The socket, for polling.
    var descriptor: CInt { socket.descriptor }

    /// Whether messages wait for room.
    var isCongested: Bool { !pending.isEmpty }

    /// Sends a report, or keeps it. `brokerEnd` finds the descriptor that goes with a session's report; nil when the
    /// session is gone meanwhile, and then nothing is sent.
    mutating func send(
        _ report: ListenerReport, for session: SessionID? = nil, brokerEnd: (SessionID) -> CInt?
    ) throws(ControlError) {
        report.encode(into: &buffer)
        let passing = session.flatMap(brokerEnd)
        if session != nil, passing == nil { return }
        if pending.isEmpty, try socket.send(buffer, passing: passing ?? -1) { return }
        pending.append(Pending(bytes: [UInt8](buffer.bytes), session: session))
    }

    /// Takes back the report of a session that has ended before it could be sent; false when it was sent, or never made.
    /// So what waits for a broker that reads nothing is bounded by the sessions that are open, and by those whose end was a block.
    mutating func withdraw(_ session: SessionID) -> Bool {
        guard let place = pending.firstIndex(where: { $0.session == session }) else { return false }
        pending.remove(at: place)
        return true
    }

    /// Sends what waits, as far as there is room.
    mutating func flush(brokerEnd: (SessionID) -> CInt?) throws(ControlError) {
        var sent = 0
        defer { pending.removeFirst(sent) }
        for message in pending {
            let passing = message.session.flatMap(brokerEnd)
            if message.session == nil || passing != nil {
                buffer.consume(buffer.count)
                buffer.append(raw: message.bytes.span.bytes)
                guard try socket.send(buffer, passing: passing ?? -1) else { return }
            }
            sent += 1
        }
    }

    /// The next command, nil when there is none now.
    ///
    /// - Throws: when the broker is gone, or sends what is no command.
    mutating func receive() throws -> ListenerCommand? {
        switch try socket.receive(into: &buffer) {
        case .nothing: return nil
        case .closed: throw ControlError.system(call: "recvmsg", errno: ECONNRESET)
        case .message: return try ListenerCommand(decoding: buffer.bytes)
        }
    }
}
