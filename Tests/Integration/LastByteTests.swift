import Foundation
import Glibc
import ServiceTestSupport
import Testing

extension Integration {
    /// When the end of a right is answered, the transfers that rested on it are over to the byte.
    ///
    /// Looked at from the arrival of the answer's first byte on. An upload: the kernel reports no write to the file, and its
    /// size and times stay as they are. A download: between server and client there is a relay that counts; from the server
    /// comes no more than its kernel had taken from it by then. (A socket's queue outlives the process; nobody but the
    /// kernel can take it back, and it does when unread requests of the client are there.)
    @Suite struct LastByteTests {
        /// Long enough for a transfer to be in the middle at any speed; of a sparse file.
        private static let fileBytes = 2 << 30
        /// How long is looked for what may not happen: longer than a session has to heed the end before it is killed.
        private static let watchSeconds = 0.6

        @Test(arguments: Transfer.all)
        func `nothing moves any more once the end of the right is answered, within a second`(transfer: Transfer) throws
        {
            let legacyPort = try FreePort.next()
            let daemon = try Daemon(settings: ["BERTHD_SFTP_LEGACY_LISTEN": "127.0.0.1:\(legacyPort)"])
            let user = try daemon.api.createUser(home: "/a")
            #expect(try answer(transfer.right.gift(user), daemon).status == transfer.right.isGiven)
            let relay = try Relay(to: transfer.right == .weakAlgorithms ? legacyPort : daemon.sftpPort)
            defer { relay.close() }
            let remote = "\(daemon.home(of: user))/file", local = daemon.workspace.file("file")
            let (source, target) = transfer.isUpload ? (local, remote) : (remote, local)
            #expect(FileManager.default.createFile(atPath: source, contents: nil))
            #expect(truncate(source, off_t(Self.fileBytes)) == 0)
            let client = try transfer.start(local: local, daemon.client(user, port: relay.port))
            defer { client.end() }
            #expect(eventually(seconds: 20) { size(of: target) > 8 << 20 }, "\(daemon.log.text)")
            let session = try #require(daemon.watch?.sessions.first)
            let call = try transfer.right.end(user, daemon)
            let writes = try transfer.isUpload ? WriteWatch(remote) : nil

            let end = try answer(call, daemon)
            _ = writes?.events()
            let file = try FileLook(remote)
            let (came, held) = try relay.bound()
            #expect(!ProcessTable.isAlive(session))
            #expect(end.status == transfer.right.isEnded && end.taken < .seconds(1), "\(end) \(daemon.log.text)")

            let over = relay.waitForEnd(seconds: 2)
            let untilOver = over.map { "\($0 - end.called)" } ?? "never"
            #expect(over.map { $0 - end.called < .seconds(1) } == true, "the connection's end: \(untilOver)")
            poll(nil, 0, CInt(Self.watchSeconds * 1_000))
            #expect(writes?.events() ?? 0 == 0, "the file was written to after the answer")
            #expect(try FileLook(remote) == file)
            let late = relay.receivedBytes - came
            #expect(late <= held, "\(late) bytes came after the answer, of which the kernel held \(held)")
            #expect(size(of: target) < Self.fileBytes, "the transfer was over before")
            #expect(client.wait(seconds: 5) != nil, "the client does not notice")
            print(
                "Last byte, \(transfer): \(size(of: target) >> 20) MiB done, answered after \(end.taken), connection over "
                    + "\(untilOver) after the call, \(late) bytes came late")
        }

        /// How a call of the API was answered.
        private struct Answer {
            let status: Int
            let called, answered: ContinuousClock.Instant
            var taken: Duration { answered - called }
        }

        /// Makes one call of the API, and returns with the first byte of its answer.
        private func answer(_ call: Call?, _ daemon: Daemon) throws -> Answer {
            guard let call else { return Answer(status: 0, called: .now, answered: .now) }
            let connection = try TCPConnection(port: daemon.apiPort)
            let request =
                "\(call.method) \(call.path) HTTP/1.1\r\nHost: x\r\nAuthorization: Key \(daemon.apiKey)\r\n"
                + "Content-Type: application/json\r\nContent-Length: \(call.body.utf8.count)\r\n\r\n\(call.body)"
            let called = ContinuousClock.now
            connection.send(request)
            let head = try #require(connection.receive(seconds: 10), "no answer")
            let answered = ContinuousClock.now
            let status = String(decoding: head, as: UTF8.self).split(separator: " ").dropFirst().first
            return Answer(status: status.flatMap { Int($0) } ?? 0, called: called, answered: answered)
        }
    }
}
