import Foundation
import Glibc

/// The socket on which a service tells its supervisor that it is ready (sd_notify).
package final class ReadinessSocket {
    package let path: String
    private let descriptor: Int32

    package init(path: String) throws {
        self.path = path
        unlink(path)
        descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw POSIXError(.EMFILE) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        let bound = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard bound == 0 else { throw POSIXError(.EADDRINUSE) }
    }

    deinit { close(descriptor) }

    /// Waits for READY=1; false when the time is over or the process ended before.
    package func waitUntilReady(seconds: Double, process: ChildProcess) -> Bool {
        let deadline = Date(timeIntervalSinceNow: seconds)
        while Date() < deadline, process.isRunning {
            var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            // Wakes now and then to see whether the process still lives.
            guard poll(&entry, 1, 100) == 1 else { continue }
            var buffer = [UInt8](repeating: 0, count: 4_096)
            let count = recv(descriptor, &buffer, buffer.count, 0)
            guard count > 0 else { continue }
            let message = String(decoding: buffer[..<count], as: UTF8.self)
            if message.split(separator: "\n").contains("READY=1") { return true }
        }
        return false
    }
}
