import Foundation
import Glibc
import SFTPTestSupport

/// An SFTP channel whose packets the test makes itself: `ssh -s` carries them.
package final class SFTPOverSSH {
    /// The connection gave no answer, or none in time.
    package struct NoAnswer: Error {}

    private let process: ChildProcess
    private let requests: Int32, replies: Int32
    private var received: [UInt8] = []

    package init(_ client: OpenSSH) throws {
        let input = try Descriptors.pipe(), output = try Descriptors.pipe()
        (requests, replies) = (input.write, output.read)
        process = try ChildProcess(
            "ssh", OpenSSH.options(port: client.port) + ["-s", "\(client.user.username)@127.0.0.1", "sftp"],
            environment: Command.environment(OpenSSH.answering(client.password, workspace: client.workspace)),
            input: input.read, output: output.write, error: STDERR_FILENO)
        close(input.read)
        close(output.write)
        _ = try send(Packet.initialize())
    }

    deinit {
        close(requests)
        close(replies)
        process.end()
    }

    /// Sends one request and waits for its one reply.
    package func send(_ packet: [UInt8]) throws -> ParsedReply {
        var rest = packet[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { write(requests, $0.baseAddress, $0.count) }
            guard count > 0 else { throw NoAnswer() }
            rest = rest.dropFirst(count)
        }
        while true {
            var bytes = received[...]
            if let reply = ParsedReply.first(in: &bytes) {
                received = Array(bytes)
                return reply
            }
            var descriptor = pollfd(fd: replies, events: Int16(POLLIN), revents: 0)
            guard poll(&descriptor, 1, 30_000) > 0 else { throw NoAnswer() }
            var buffer = [UInt8](repeating: 0, count: 300_000)
            let count = read(replies, &buffer, buffer.count)
            guard count > 0 else { throw NoAnswer() }
            received += buffer[..<count]
        }
    }
}
