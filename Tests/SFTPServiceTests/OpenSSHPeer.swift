import Foundation
import SFTPProtocol
import SFTPTestSupport
import ServiceTestSupport
import Testing

/// OpenSSH's own sftp-server over pipes, serving a directory.
final class OpenSSHPeer {
    static let executable = "/usr/lib/openssh/sftp-server"
    static var isInstalled: Bool { FileManager.default.isExecutableFile(atPath: executable) }
    /// How long an answer may take, even on a machine that is busy with other things.
    private static let patience: CInt = 30_000

    private let process: ChildProcess
    private let requests = Pipe()
    private let replies = Pipe()
    private var received: [UInt8] = []

    init(directory: String, initialized: Bool = true) throws {
        signal(SIGPIPE, SIG_IGN)
        let errors = Pipe()
        process = try ChildProcess(
            Self.executable, ["-d", directory], environment: Command.environment(),
            input: requests.fileHandleForReading.fileDescriptor, output: replies.fileHandleForWriting.fileDescriptor,
            error: errors.fileHandleForWriting.fileDescriptor)
        // Its end of a pipe is its own alone: the other end shows when it has ended.
        try requests.fileHandleForReading.close()
        try replies.fileHandleForWriting.close()
        if initialized { #expect(try send(Packet.initialize()).type == .version) }
    }

    deinit {
        try? requests.fileHandleForWriting.close()
        process.end()
    }

    /// Sends one request and waits for its one reply.
    func send(_ packet: [UInt8]) throws -> ParsedReply {
        write(packet)
        return try #require(next(within: Self.patience), "no answer, or it ended")
    }

    /// Sends bytes. A server that has ended takes none.
    func write(_ bytes: [UInt8]) {
        try? requests.fileHandleForWriting.write(contentsOf: bytes)
    }

    /// The next reply; nil when none comes in time, or when the server has ended.
    func next(within milliseconds: CInt = patience) -> ParsedReply? {
        while true {
            var rest = received[...]
            if let reply = ParsedReply.first(in: &rest) {
                received = Array(rest)
                return reply
            }
            var descriptor = pollfd(
                fd: replies.fileHandleForReading.fileDescriptor, events: Int16(POLLIN), revents: 0)
            let ready = poll(&descriptor, 1, milliseconds)
            if ready < 0, errno == EINTR { continue }
            guard ready > 0 else { return nil }
            var buffer = [UInt8](repeating: 0, count: 65_536)
            let count = read(descriptor.fd, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else {
                hasEnded = true
                return nil
            }
            received += buffer[..<count]
        }
    }

    /// Whether the server was seen to end its side.
    private(set) var hasEnded = false

    /// Closes the server's input and waits for its end; whether it ended as after a client's normal departure.
    func finish() -> Bool {
        try? requests.fileHandleForWriting.close()
        while next() != nil {}
        return process.wait(seconds: Double(Self.patience) / 1_000) == 0
    }
}
