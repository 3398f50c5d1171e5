import Glibc

/// A plain TCP connection that sends a few bytes and then nothing.
final class SilentClient {
    private let descriptor: CInt

    init(port: Int, sending text: String) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        let connected = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard connected == 0 else { throw TestProcess.Failure(description: "connect: \(errno)") }
        _ = send(descriptor, text, text.utf8.count, CInt(MSG_NOSIGNAL))
    }

    deinit {
        close(descriptor)
    }

    /// What the server sends, until it is this much or the connection is closed.
    func read(atLeast count: Int) -> [UInt8] {
        var bytes: [UInt8] = []
        while bytes.count < count, let more = next() { bytes += more }
        return bytes
    }

    /// Waits for the end of the connection.
    func isClosedByPeer() -> Bool {
        while let more = next() { if more.isEmpty { return false } }
        return true
    }

    /// Nil at the end, empty after a timeout.
    private func next() -> [UInt8]? {
        var waiting = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        guard poll(&waiting, 1, 20_000) > 0 else { return [] }
        var bytes = [UInt8](repeating: 0, count: 4_096)
        let count = recv(descriptor, &bytes, bytes.count, 0)
        return count > 0 ? Array(bytes.prefix(count)) : nil
    }
}
