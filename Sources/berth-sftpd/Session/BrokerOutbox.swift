import SSHWire
import SessionControl

/// What a session has to tell the broker, in order. A broker that is away or slow does not hold the session up: what
/// its socket can't take waits here, up to a bound.
struct BrokerOutbox: ~Copyable {
    /// Messages that wait at most; what comes then is lost, and counted.
    private static let limit = 1_024

    private var waiting: [[UInt8]] = []
    private var buffer = ByteQueue(capacity: 1_024)
    /// Messages that were lost.
    private(set) var lost = 0

    var isEmpty: Bool { waiting.isEmpty }

    /// Sends a request, or keeps it.
    mutating func send(_ request: SessionRequest, over socket: borrowing SeqPacketSocket) throws(ControlError) {
        request.encode(into: &buffer)
        // It may hold a password.
        defer { buffer.wipe() }
        if waiting.isEmpty, try socket.send(buffer) { return }
        if waiting.count < Self.limit {
            waiting.append([UInt8](buffer.bytes))
        } else {
            lost += 1
        }
    }

    /// Sends what waits, as far as there is room.
    mutating func flush(over socket: borrowing SeqPacketSocket) throws(ControlError) {
        var sent = 0
        defer { waiting.removeFirst(sent) }
        for message in waiting {
            buffer.consume(buffer.count)
            buffer.append(raw: message.span.bytes)
            guard try socket.send(buffer) else { return }
            sent += 1
        }
    }
}
