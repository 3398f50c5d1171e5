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

    package convenience init(_ client: OpenSSH) throws {
        try self.init(
            program: "ssh", OpenSSH.options(port: client.port) + ["-s", "\(client.user.username)@127.0.0.1", "sftp"],
            environment: OpenSSH.answering(client.password, workspace: client.workspace))
    }

    /// A channel to what a program speaks on its standard streams.
    package init(program: String, _ arguments: [String], environment: [String: String] = [:]) throws {
        // A server that has ended is an error of the request, not the end of the tests.
        signal(SIGPIPE, SIG_IGN)
        let input = try Descriptors.pipe(), output = try Descriptors.pipe()
        (requests, replies) = (input.write, output.read)
        process = try ChildProcess(
            program, arguments, environment: Command.environment(environment), input: input.read, output: output.write,
            error: STDERR_FILENO)
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
        try write(packet)
        return try receive()
    }

    /// Sends requests at once and waits for a reply to each.
    package func send(all packets: [[UInt8]]) throws -> [ParsedReply] {
        try write(packets.flatMap { $0 })
        return try packets.map { _ in try receive() }
    }

    private func write(_ bytes: [UInt8]) throws {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(requests, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw NoAnswer() }
            rest = rest.dropFirst(count)
        }
    }

    private func receive() throws -> ParsedReply {
        while true {
            var bytes = received[...]
            if let reply = ParsedReply.first(in: &bytes) {
                received = Array(bytes)
                return reply
            }
            var descriptor = pollfd(fd: replies, events: Int16(POLLIN), revents: 0)
            let ready = poll(&descriptor, 1, 30_000)
            // The end of another test's program interrupts whoever waits.
            if ready < 0, errno == EINTR { continue }
            guard ready > 0 else { throw NoAnswer() }
            var buffer = [UInt8](repeating: 0, count: 300_000)
            let count = read(replies, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw NoAnswer() }
            received += buffer[..<count]
        }
    }
}
