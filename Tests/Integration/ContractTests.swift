import Foundation
import Glibc
import ServiceTestSupport
import Testing

extension Integration {
    /// Sentences of the API's contract that take the whole service to show.
    @Suite struct ContractTests {
        @Test(arguments: ["", "Authorization: Key berth_wrong\r\n", "Authorization: Key %READER%\r\n"])
        func `a key is looked at before anything of the body is there, and the answer does not wait for it`(
            authorization: String
        ) throws {
            let daemon = try Daemon()
            let reader = try Daemon.makeKey(data: daemon.data, name: "reader", rights: "users:read")
            let header = authorization.replacingOccurrences(of: "%READER%", with: reader)
            for type in ["application/json", "text/plain"] {
                let connection = try TCPConnection(port: daemon.apiPort)
                connection.send(
                    "POST /2022-04-01/users HTTP/1.1\r\nHost: x\r\nContent-Type: \(type)\r\nContent-Length: 60000\r\n"
                        + "\(header)\r\n")
                let answer = String(decoding: connection.receive(seconds: 10) ?? [], as: UTF8.self)
                #expect(answer.hasPrefix(header.contains(reader) ? "HTTP/1.1 403" : "HTTP/1.1 401"), "\(answer)")
            }
        }

        @Test func `days are days of UTC, wherever the service runs`() throws {
            // One of these is on another day than UTC at any time.
            let hour = Int(Date().timeIntervalSince1970 / 3_600) % 24
            let zone = hour < 11 ? "Etc/GMT+12" : "Pacific/Kiritimati"
            let daemon = try Daemon(settings: ["TZ": zone])
            let user = try daemon.api.createUser(home: "/a")
            let before = Self.utcDay()
            #expect(try daemon.client(user).sftp(["pwd"]).status == 0)
            let shown = try daemon.api.readUser(user.username).json["lastConnectedDate"] as? String
            #expect([before, Self.utcDay()].contains(shown ?? "absent"), "\(shown ?? "absent") in \(zone)")
        }

        @Test func `after a change of home, open sessions keep the old one, and new ones get the new`() throws {
            let daemon = try Daemon()
            let user = try daemon.api.createUser(home: "/old")
            let (local, data) = try daemon.workspace.makeFile("file", bytes: 100)
            let open = try daemon.client(user).open()
            let changed = try daemon.api.send("PUT", "/users/\(user.username)", body: #"{"homeDirectory":"/new"}"#)
            #expect(changed.status == 200 && changed.json["homeDirectory"] as? String == "/new")
            open.type("put \(local) from-before")
            #expect(open.answers())
            #expect(try daemon.client(user).sftp(["put \(local) from-after"]).status == 0)
            let bucket = "\(daemon.data)/buckets/\(user.bucketName)"
            for (present, absent) in [("old/from-before", "new/from-before"), ("new/from-after", "old/from-after")] {
                #expect(FileManager.default.contents(atPath: "\(bucket)/\(present)") == data, "\(present)")
                #expect(!FileManager.default.fileExists(atPath: "\(bucket)/\(absent)"), "\(absent)")
            }
            #expect(open.finish() == 0)
        }

        @Test func `the bucket keeps its name across restarts, and another installation has another`() throws {
            let daemon = try Daemon()
            let first = try daemon.api.createUser(home: "/a")
            #expect(daemon.stop() == 0)
            let again = try Daemon(after: daemon)
            #expect(try again.api.createUser(home: "/b").bucketName == first.bucketName)
            let other = try Daemon()
            #expect(try other.api.createUser(home: "/a").bucketName != first.bucketName)
        }

        @Test(.enabled(if: DiskReserveTests.isPossible, "needs the right to mount"))
        func `on a full disk changes are unavailable and leave nothing behind, and go on once there is room`() throws {
            let daemon = try Daemon(tracer: DiskReserveTests.tinyDisk)
            let user = try daemon.api.createUser(home: "/a")
            let disk = "/proc/\(daemon.process.pid)/root\(daemon.data)"
            let filler = "\(disk)/filler"
            #expect(Self.fill(filler))
            let before = Self.directories(below: "\(disk)/buckets")
            let body = #"{"homeDirectory":"/full/of/it","description":"x"}"#
            for (method, path) in [("POST", "/users"), ("PUT", "/users/\(user.username)")] {
                let refused = try daemon.api.send(method, path, body: body)
                #expect(refused.status == 503 && refused.code == "ServiceUnavailableException", "\(refused)")
                #expect(!refused.body.contains(daemon.data) && !refused.body.contains("SQL"), "\(refused)")
            }
            let read = try daemon.api.readUser(user.username)
            #expect(read.status == 200 && read.json["homeDirectory"] as? String == "/a", "\(read)")
            #expect(try daemon.api.allUsers().count == 1)
            #expect(Self.directories(below: "\(disk)/buckets") == before)
            unlink(filler)
            let made = try daemon.api.send("POST", "/users", body: body)
            #expect(made.status == 201, "\(made)\n\(daemon.log.text)")
        }

        /// Writes until the disk is full.
        private static func fill(_ path: String) -> Bool {
            let descriptor = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
            guard descriptor >= 0 else { return false }
            defer { close(descriptor) }
            var size = 1 << 20
            let zeros = [UInt8](repeating: 0, count: size)
            while size > 0 {
                if write(descriptor, zeros, size) < size { size /= 2 }
            }
            return errno == ENOSPC
        }

        private static func directories(below path: String) -> [String] {
            (FileManager.default.enumerator(atPath: path)?.allObjects as? [String] ?? []).sorted()
        }

        private static func utcDay() -> String {
            String(Date().formatted(Date.ISO8601FormatStyle(timeZone: .gmt)).prefix(10))
        }
    }
}
