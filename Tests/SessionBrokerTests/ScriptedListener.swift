import CLinux
import Foundation
import Glibc
import SSHWire
import SessionControl
import Testing

/// The listener's side of the control link, played step by step. Waits are bounded.
final class ScriptedListener {
    private let link: SeqPacketSocket
    private var buffer = ByteQueue()

    struct TimedOut: Error {}

    /// What it says of itself when it serves.
    static let status = DataPlaneStatus(addresses: ["x:1"], layers: [], libsshVersion: "", fingerprints: [])

    private let version: UInt8

    /// - Parameter version: what it says of itself, and no more: its messages are of the present version.
    init(path: String, version: UInt8 = controlVersion) throws {
        link = SeqPacketSocket(owning: try Self.connect(to: path))
        self.version = version
        try report(.hello(pid: getpid()))
    }

    /// The broker's socket has a name a moment before it is listened on; a listener tries again then.
    private static func connect(to path: String) throws -> CInt {
        let deadline = ContinuousClock.now + .seconds(30)
        while true {
            let descriptor = clinux_seqpacket_connect(path)
            if descriptor >= 0 { return descriptor }
            guard errno == ECONNREFUSED, ContinuousClock.now < deadline else {
                throw ControlError.system(call: "connect", errno: errno)
            }
            sched_yield()
        }
    }

    func report(_ report: ListenerReport, passing: CInt = -1) throws {
        report.encode(into: &buffer)
        var bytes = [UInt8](buffer.bytes)
        bytes[0] = version
        buffer.consume(buffer.count)
        buffer.append(raw: bytes.span.bytes)
        guard try link.send(buffer, passing: passing) else { throw TimedOut() }
    }

    /// Sources that the broker said it knows.
    private(set) var knownSources: [AddressSource] = []

    /// The next command; ``knownSources`` is kept and passed over, and so is the question whether the listener is alive,
    /// which comes whenever a test takes its time.
    func nextCommand() async throws -> ListenerCommand {
        while true {
            try await wait(for: link.descriptor)
            guard try link.receive(into: &buffer) == .message else { throw TimedOut() }
            let command = try ListenerCommand(decoding: buffer)
            switch command {
            case .knownSources(let sources): knownSources += sources
            case .ping: break
            default: return command
            }
        }
    }

    /// Hands a session over; the session's end of its pair.
    func session(
        id: SessionID, username: String = "", usesWeakAlgorithms: Bool = false, address: String = "192.0.2.1:50022"
    ) throws -> ScriptedSession {
        let ends = try SeqPacketSocket.pair()
        defer { close(ends.0) }
        try report(
            .session(
                SessionRecord(
                    id: id, address: address, username: username,
                    sinceSeconds: UInt64(Date().timeIntervalSince1970), usesWeakAlgorithms: usesWeakAlgorithms)),
            passing: ends.0)
        return ScriptedSession(SeqPacketSocket(owning: ends.1))
    }
}

extension BrokerPlace {
    /// A listener that has connected and was told how to serve.
    func listener() async throws -> ScriptedListener {
        let listener = try ScriptedListener(path: socketPath)
        #expect(try await listener.nextCommand() == .configure(configuration))
        return listener
    }

    /// One that serves: its table is complete.
    func readyListener() async throws -> ScriptedListener {
        let listener = try await listener()
        try listener.report(.ready(ScriptedListener.status))
        return listener
    }
}

/// A session's side of its pair, played step by step.
final class ScriptedSession {
    private let socket: SeqPacketSocket
    private var buffer = ByteQueue()

    init(_ socket: consuming SeqPacketSocket) {
        self.socket = socket
    }

    func send(_ request: SessionRequest) throws {
        request.encode(into: &buffer)
        guard try socket.send(buffer) else { throw ScriptedListener.TimedOut() }
    }

    func send(raw bytes: [UInt8]) throws {
        var queue = ByteQueue()
        queue.append(raw: bytes.span.bytes)
        guard try socket.send(queue) else { throw ScriptedListener.TimedOut() }
    }

    /// Sends bytes with a duplicate of a descriptor, of any length; false when there is no room.
    func send(unchecked bytes: [UInt8], passing: CInt = -1) -> Bool {
        bytes.withUnsafeBytes {
            clinux_send(socket.descriptor, $0.baseAddress, $0.count, [passing], passing < 0 ? 0 : 1)
        } >= 0
    }

    func authenticate(
        attempt: UInt32, username: String, password: String, weakAlgorithms: [String] = []
    ) throws {
        try send(
            .authenticate(
                AuthenticationRequest(
                    attempt: attempt, username: [UInt8](username.utf8), method: .password,
                    credential: Secret(copying: password.utf8.span.bytes), weakAlgorithms: weakAlgorithms)))
    }

    /// Whether a reply is there.
    var hasReply: Bool {
        var entry = pollfd(fd: socket.descriptor, events: Int16(POLLIN), revents: 0)
        return poll(&entry, 1, 0) == 1
    }

    /// The next reply and the descriptor that came with it, or -1.
    func nextReply() async throws -> (SessionReply, CInt) {
        try await wait(for: socket.descriptor)
        var passed: CInt = -1
        guard try socket.receive(into: &buffer, passed: &passed) == .message else { throw ScriptedListener.TimedOut() }
        return (try SessionReply(decoding: buffer), passed)
    }
}

/// Waits without holding on to the thread, which the broker's callers may need.
private func wait(for descriptor: CInt) async throws {
    let deadline = ContinuousClock.now + .seconds(30)
    var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    while poll(&entry, 1, 0) != 1 {
        guard ContinuousClock.now < deadline else { throw ScriptedListener.TimedOut() }
        await Task.yield()
    }
}
