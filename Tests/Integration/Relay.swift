import Foundation
import Glibc
import ServiceTestSupport

/// One connection of a client, passed on byte by byte, so that what the server sends can be counted as it leaves the server.
final class Relay: @unchecked Sendable {
    /// Where the client connects to.
    let port: UInt16
    private let serverPort: UInt16
    private let changed = NSCondition()
    private var listening: CInt = -1, server: CInt = -1, client: CInt = -1
    private var relayPort: UInt16 = 0
    private var received = 0
    private var ended: ContinuousClock.Instant?
    private var isOver = false

    /// A relay to a port of 127.0.0.1.
    init(to serverPort: UInt16) throws {
        self.serverPort = serverPort
        let listening = socket(AF_INET, CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue), 0)
        var own = TCPConnection.loopback(port: 0)
        guard Self.with(&own, { bind(listening, $0, $1) }) == 0, listen(listening, 1) == 0 else {
            throw POSIXError(.EADDRINUSE)
        }
        port = Self.port(of: listening)
        self.listening = listening
        Thread.detachNewThread { [self] in serve(listening) }
    }

    /// Ends both connections; the threads end with them.
    func close() {
        changed.withLock {
            isOver = true
            for descriptor in [listening, server, client] where descriptor >= 0 {
                shutdown(descriptor, CInt(SHUT_RDWR))
            }
        }
    }

    /// Bytes that came from the server up to now.
    var receivedBytes: Int { changed.withLock { received } }

    /// As much can have come from the server when all is over, if it sends nothing from now on: what came, what the kernel
    /// holds at this end, and what it holds at the server's (`tx_queue` counts until it is acknowledged, so some of it may
    /// count twice).
    func bound() throws -> (came: Int, held: Int) {
        // The server's end first: what moves from there to here meanwhile counts twice, and nothing goes uncounted.
        let sending = try queuedAtServer()
        return changed.withLock {
            var waiting: CInt = 0
            _ = ioctl(server, UInt(FIONREAD), &waiting)
            return (received, Int(waiting) + sending)
        }
    }

    /// When the server's end of the connection was at an end; nil when it is not in time.
    func waitForEnd(seconds: Double) -> ContinuousClock.Instant? {
        let deadline = Date(timeIntervalSinceNow: seconds)
        changed.lock()
        defer { changed.unlock() }
        while ended == nil, changed.wait(until: deadline) {}
        return ended
    }

    /// The send queue of the server's socket, which the kernel keeps after the server's end (proc_net_tcp.txt).
    private func queuedAtServer() throws -> Int {
        let local = String(format: "0100007F:%04X", serverPort)
        let remote = String(format: "0100007F:%04X", changed.withLock { relayPort })
        let table = try String(contentsOfFile: "/proc/net/tcp", encoding: .utf8)
        for line in table.split(separator: "\n") {
            let fields = line.split(separator: " ")
            guard fields.count > 4, fields[1] == local, fields[2] == remote else { continue }
            return Int(fields[4].prefix { $0 != ":" }, radix: 16) ?? 0
        }
        return 0
    }

    private func serve(_ listening: CInt) {
        let client = accept(listening, nil, nil)
        changed.withLock {
            Glibc.close(listening)
            self.listening = -1
        }
        let server = socket(AF_INET, CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue), 0)
        var address = TCPConnection.loopback(port: serverPort)
        guard client >= 0, Self.with(&address, { connect(server, $0, $1) }) == 0 else { return }
        for descriptor in [client, server] {
            // What came in two pieces goes on in two: the second must not wait until the first is acknowledged.
            var on: CInt = 1
            setsockopt(descriptor, CInt(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<CInt>.size))
        }
        let isTooLate = changed.withLock {
            (self.client, self.server, relayPort) = (client, server, Self.port(of: server))
            return isOver
        }
        if isTooLate { close() }
        let upstream = DispatchSemaphore(value: 0)
        Thread.detachNewThread {
            var buffer = [UInt8](repeating: 0, count: 1 << 18)
            while true {
                let count = recv(client, &buffer, buffer.count, 0)
                guard count > 0, Self.send(buffer[..<count], to: server) else { break }
            }
            shutdown(server, CInt(SHUT_WR))
            upstream.signal()
        }
        copyDownstream(from: server, to: client)
        shutdown(client, CInt(SHUT_RDWR))
        upstream.wait()
        changed.withLock {
            for descriptor in [client, server] { Glibc.close(descriptor) }
            (self.client, self.server) = (-1, -1)
        }
    }

    private func copyDownstream(from server: CInt, to client: CInt) {
        var buffer = [UInt8](repeating: 0, count: 1 << 18)
        while true {
            var entry = pollfd(fd: server, events: Int16(POLLIN), revents: 0)
            _ = poll(&entry, 1, -1)
            // Taken and counted in one step, for who asks for both at once.
            let count = changed.withLock {
                let count = recv(server, &buffer, buffer.count, CInt(MSG_DONTWAIT))
                if count > 0 { received += count }
                return count
            }
            if count < 0, errno == EAGAIN || errno == EINTR { continue }
            guard count > 0 else { break }
            // Who has gone is no reason to stop counting.
            _ = Self.send(buffer[..<count], to: client)
        }
        changed.withLock {
            ended = .now
            changed.broadcast()
        }
    }

    private static func send(_ bytes: ArraySlice<UInt8>, to descriptor: CInt) -> Bool {
        var rest = bytes
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress, $0.count, CInt(MSG_NOSIGNAL))
            }
            if count <= 0 { return false }
            rest = rest.dropFirst(count)
        }
        return true
    }

    private static func port(of descriptor: CInt) -> UInt16 {
        var address = sockaddr_in()
        _ = with(&address) { pointer, length in
            var length = length
            return getsockname(descriptor, pointer, &length)
        }
        return UInt16(bigEndian: address.sin_port)
    }

    private static func with(
        _ address: inout sockaddr_in, _ call: (UnsafeMutablePointer<sockaddr>, socklen_t) -> CInt
    ) -> CInt {
        withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                call($0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
    }
}
