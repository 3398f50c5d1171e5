import Foundation
import Glibc

/// A balancer between clients and a daemon: it says by a PROXY header who the client is.
package final class Balancer {
    package let port: UInt16
    private let process: ChildProcess

    /// - Parameters:
    ///   - source: the address of 127.0.0.0/8 that the daemon sees.
    ///   - header: what it sends first, in pieces of so many bytes.
    package init(before daemon: Daemon, source: String, header: [UInt8], pieceBytes: Int = 1_024) throws {
        let output = try LineLog()
        let nothing = open("/dev/null", O_RDWR | O_CLOEXEC)
        defer { close(nothing) }
        let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appending(path: "Programs/balancer.py")
        let hex = header.map { String(format: "%02x", $0) }.joined()
        process = try ChildProcess(
            Programs.python, [script.path, "\(daemon.sftpPort)", source, hex, "\(pieceBytes)"],
            environment: Command.environment(), input: nothing, output: output.writeEnd, error: nothing)
        close(output.writeEnd)
        guard let line = output.waitForLine(where: { _ in true }), let port = UInt16(line) else {
            throw Daemon.NotReady(description: "the balancer does not listen: \(output.text)")
        }
        self.port = port
    }

    deinit { process.end() }

    /// A header of version 2 that names a client over TCP.
    package static func header(client: String, port: UInt16 = 40_000, extensions: [UInt8] = []) throws -> [UInt8] {
        var ipv4 = in_addr()
        var ipv6 = in6_addr()
        let ports = [UInt8(port >> 8), UInt8(port & 0xff), 0, 22]
        if inet_pton(AF_INET, client, &ipv4) == 1 {
            let address = withUnsafeBytes(of: ipv4) { Array($0) }
            return header(command: 0x21, family: 0x11, block: address + [127, 0, 0, 1] + ports + extensions)
        }
        guard inet_pton(AF_INET6, client, &ipv6) == 1 else { throw POSIXError(.EINVAL) }
        let address = withUnsafeBytes(of: ipv6) { Array($0) }
        return header(command: 0x21, family: 0x21, block: address + address + ports + extensions)
    }

    /// A header of version 2.
    package static func header(command: UInt8, family: UInt8, block: [UInt8]) -> [UInt8] {
        let signature: [UInt8] = [0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a]
        return signature + [command, family, UInt8(block.count >> 8), UInt8(block.count & 0xff)] + block
    }
}
