import Foundation
import SFTPProtocol
import SFTPTestSupport
import Testing

/// OpenSSH's own sftp-server over pipes, serving a directory.
final class OpenSSHPeer {
    static let executable = "/usr/lib/openssh/sftp-server"
    static var isInstalled: Bool { FileManager.default.isExecutableFile(atPath: executable) }

    private let process = Process()
    private let requests = Pipe()
    private let replies = Pipe()

    init(directory: String) throws {
        process.executableURL = URL(fileURLWithPath: Self.executable)
        process.arguments = ["-d", directory]
        process.standardInput = requests
        process.standardOutput = replies
        process.standardError = Pipe()
        process.currentDirectoryURL = URL(fileURLWithPath: directory)
        try process.run()
        #expect(try send(Packet.initialize()).type == .version)
    }

    deinit {
        try? requests.fileHandleForWriting.close()
        process.waitUntilExit()
    }

    /// Sends one request and waits for its one reply.
    func send(_ packet: [UInt8]) throws -> ParsedReply {
        try requests.fileHandleForWriting.write(contentsOf: packet)
        let length = try read(4).reduce(0) { $0 << 8 | Int($1) }
        var bytes = ([0, 0, 0, 0] + (try read(length)))[...]
        for index in 0..<4 { bytes[index] = UInt8(truncatingIfNeeded: length >> (24 - 8 * index)) }
        return try #require(ParsedReply.first(in: &bytes))
    }

    private func read(_ count: Int) throws -> [UInt8] {
        var bytes: [UInt8] = []
        while bytes.count < count {
            let more = try #require(try replies.fileHandleForReading.read(upToCount: count - bytes.count), "it ended")
            bytes += more
        }
        return bytes
    }
}
