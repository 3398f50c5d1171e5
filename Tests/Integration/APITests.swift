import Foundation
import ServiceTestSupport
import Testing

extension Integration {
    @Suite struct APITests {
        @Test func `a user is created, read, updated, listed and deleted`() throws {
            let daemon = try Daemon(settings: ["BERTHD_SFTP_ADVERTISED_HOST": "sftp.example.com"])
            let created = try daemon.api.send(
                "POST", "/users",
                body: #"{"homeDirectory":"/p/acme","description":"Acme Corp","passwordOptions":{"length":24}}"#)
            #expect(created.status == 201, "\(created)")
            let username = try #require(created.json["username"] as? String)
            #expect(username.wholeMatch(of: /[A-Z][A-Z0-9]{7}/) != nil)
            #expect((created.json["password"] as? String)?.wholeMatch(of: /[A-Za-z0-9]{24}/) != nil)
            #expect((created.json["bucketName"] as? String)?.wholeMatch(of: /[0-9a-f-]{36}-sftp/) != nil)
            #expect(created.json["endpoint"] as? String == "sftp.example.com")
            #expect(created.json["port"] as? Int == Int(daemon.sftpPort))
            #expect(created.headers["location"] == "/2022-04-01/users/\(username)")
            #expect(created.headers["x-request-id"] != nil)

            let read = try daemon.api.readUser(username)
            #expect(
                read.status == 200 && read.json["password"] == nil && read.json["homeDirectory"] as? String == "/p/acme"
            )
            let updated = try daemon.api.send("PUT", "/users/\(username)", body: #"{"description":"Acme Inc"}"#)
            #expect(updated.status == 200 && updated.json["description"] as? String == "Acme Inc")
            #expect(try daemon.api.allUsers().map { $0["description"] as? String } == ["Acme Inc"])
            let gone = try daemon.api.deleteUser(username)
            #expect(gone.status == 204 && gone.body.isEmpty)
            let missing = try daemon.api.readUser(username)
            #expect(missing.status == 404 && missing.code == "ResourceNotFoundException")
            #expect(missing.headers["x-amzn-errortype"] == "ResourceNotFoundException")
        }

        @Test func `a walk over the pages shows each user once, in the order of creation`() throws {
            let daemon = try Daemon()
            var names: [String] = []
            for number in 0..<17 { names.append(try daemon.api.createUser(home: "/n/\(number)").username) }
            var seen: [String] = []
            var query = "/users?pageSize=7"
            while true {
                let page = try daemon.api.send("GET", query)
                #expect(page.status == 200)
                seen += (page.json["items"] as? [[String: Any]] ?? []).compactMap { $0["username"] as? String }
                guard let token = page.json["nextPageToken"] as? String else { break }
                if seen.count == 7 {
                    // What comes and goes meanwhile moves nobody.
                    try daemon.api.deleteUser(names[3])
                    _ = try daemon.api.createUser(home: "/late")
                }
                query = "/users?pageSize=7&pageToken=\(token)"
            }
            #expect(Array(seen.prefix(17)) == names)
            #expect(Set(seen).count == seen.count)
            let forged = try daemon.api.send("GET", "/users?pageToken=forged")
            #expect(forged.status == 400 && forged.paths == ["/pageToken"], "\(forged)")
        }

        @Test func `no request without a key that is known, before its body is looked at`() throws {
            let daemon = try Daemon()
            for key in [nil, "berth_wrong", ""] as [String?] {
                let answer = try API(base: daemon.api.base, key: key).send("POST", "/users", body: "not JSON")
                #expect(answer.status == 401 && answer.code == "UnauthorizedException", "\(answer)")
                #expect(answer.headers["www-authenticate"] == "Key")
            }
            let bearer = try API(base: daemon.api.base, key: nil).send(
                "GET", "/users", arguments: ["-H", "Authorization: Bearer \(daemon.apiKey)"])
            #expect(bearer.status == 200)
            let probes = API(base: daemon.api.base, key: nil, version: "")
            #expect(try probes.send("GET", "/healthz").status == 200)
            #expect(try probes.send("GET", "/readyz").status == 200)
            #expect(!daemon.log.text.contains(daemon.apiKey))
        }

        @Test func `a revoked key is refused at once, a new one works at once`() throws {
            let daemon = try Daemon()
            let second = try Daemon.makeKey(data: daemon.data, name: "second")
            let api = API(base: daemon.api.base, key: second)
            #expect(try api.send("GET", "/users").status == 200)
            let listed = try Command.run(Programs.berthd, ["api-key", "list", "--data", daemon.data])
            #expect(listed.status == 0 && listed.output.contains("second") && !listed.output.contains(second))
            let line = try #require(listed.output.split(separator: "\n").first { $0.contains("second") })
            // The id stands first on its line.
            let id = try #require(line.split(whereSeparator: \.isWhitespace).first.map(String.init))
            let revoked = try Command.run(Programs.berthd, ["api-key", "revoke", "--data", daemon.data, id])
            #expect(revoked.status == 0, "\(revoked) \(listed)")
            #expect(try api.send("GET", "/users").status == 401)
            #expect(try daemon.api.send("GET", "/users").status == 200)
        }

        @Test func `every wrong member is named, and nothing is made`() throws {
            let daemon = try Daemon()
            let cases: [(body: String, paths: [String])] = [
                ("", [""]), ("[]", [""]), ("{", [""]), ("null", [""]), (#"{"a":1"#, [""]), ("\u{0}", [""]),
                (#"{}"#, ["/description", "/homeDirectory"]),
                (#"{"homeDirectory":7,"description":true}"#, ["/description", "/homeDirectory"]),
                (#"{"homeDirectory":"a","description":""}"#, ["/description", "/homeDirectory"]),
                (#"{"homeDirectory":"/../x","description":"a"}"#, ["/homeDirectory"]),
                (#"{"homeDirectory":"/a/.berth","description":"a"}"#, ["/homeDirectory"]),
                (#"{"homeDirectory":"/a\u0000b","description":"a"}"#, ["/homeDirectory"]),
                (#"{"homeDirectory":"/a","description":"a;b"}"#, ["/description"]),
                (#"{"homeDirectory":"/a","description":"a","passwordOptions":{}}"#, ["/passwordOptions/length"]),
                (
                    #"{"homeDirectory":"/a","description":"a","passwordOptions":{"length":15}}"#,
                    ["/passwordOptions/length"]
                ),
                (
                    #"{"homeDirectory":"/a","description":"a","passwordOptions":{"length":"16"}}"#,
                    ["/passwordOptions/length"]
                ),
                (#"{"homeDirectory":"/a","description":"a","passwordOptions":3}"#, ["/passwordOptions"]),
                (String(repeating: "[", count: 20_000), [""]),
            ]
            for (body, paths) in cases {
                let answer = try daemon.api.send("POST", "/users", body: body)
                #expect(answer.status == 400 && answer.code == "ValidationException", "\(body.prefix(80)): \(answer)")
                #expect(answer.paths.sorted() == paths, "\(body.prefix(80)): \(answer)")
            }
            #expect(try daemon.api.allUsers().isEmpty)
        }

        @Test func `what is no request of this API gets the error for it`() throws {
            let daemon = try Daemon()
            let large = String(repeating: " ", count: 65_537)
            let oversized = try daemon.api.send("POST", "/users", body: large)
            #expect(oversized.status == 413 && oversized.code == "RequestEntityTooLargeException", "\(oversized)")
            let chunked = try daemon.api.send(
                "POST", "/users", body: large, arguments: ["-H", "Transfer-Encoding: chunked"])
            #expect(chunked.status == 413, "\(chunked)")
            let text = try daemon.api.send("POST", "/users", body: "{}", arguments: ["-H", "Content-Type: text/plain"])
            #expect(text.status == 415 && text.code == "UnsupportedMediaTypeException", "\(text)")
            let unknown = try daemon.api.send("GET", "/partners")
            #expect(unknown.status == 404 && unknown.code == "UnknownOperationException", "\(unknown)")
            let method = try daemon.api.send("DELETE", "/users")
            #expect(method.status == 405 && method.code == "MethodNotAllowedException", "\(method)")
            #expect(method.headers["allow"]?.contains("POST") == true)
            for path in ["/users/%00", "/users/..%2f..", "/users/%ff%fe", "/users?pageSize=0", "/users?pageSize=x"] {
                let answer = try daemon.api.send("GET", path)
                #expect((400..<500).contains(answer.status) && answer.code != nil, "\(path): \(answer)")
            }
        }

        @Test func `bytes that are no HTTP are answered or cut off, and others go on`() throws {
            let daemon = try Daemon()
            let garbage: [[UInt8]] = [
                Array("\0\0\0\0".utf8), Array("SSH-2.0-x\r\n".utf8),
                (0..<4_096).map { UInt8(truncatingIfNeeded: $0 &* 7) },
                Array("POST /2022-04-01/users HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\n".utf8),
                Array(
                    "POST /2022-04-01/users HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999\r\n\r\n".utf8),
                Array("GET /\(String(repeating: "a", count: 200_000)) HTTP/1.1\r\n\r\n".utf8),
                Array("GET / HTTP/1.1\r\nX: \(String(repeating: "a", count: 200_000))\r\n\r\n".utf8),
            ]
            for bytes in garbage {
                let connection = try TCPConnection(port: daemon.apiPort)
                connection.send(bytes)
                _ = connection.readToEnd(seconds: 0.2)
            }
            #expect(daemon.process.isRunning)
            #expect(try daemon.api.send("GET", "/users").status == 200)
        }
    }
}
