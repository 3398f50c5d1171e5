import Foundation
import Glibc
import ServiceTestSupport
import Testing

extension Integration {
    /// Sessions and passwords as the API shows and ends them, with real partners.
    @Suite struct SessionTests {
        /// As no other number in the test.
        private static let sentBytes = 3_000_017, fetchedBytes = 2_000_003

        private func time(_ value: Any?) -> Date? {
            (value as? String).flatMap {
                try? Date($0, strategy: Date.ISO8601FormatStyle(includingFractionalSeconds: true))
            }
        }

        @Test func `a session is listed with where it comes from, since when, and what it has moved`() throws {
            let daemon = try Daemon()
            let user = try daemon.api.createUser(home: "/a"), other = try daemon.api.createUser(home: "/b")
            let (local, _) = try daemon.workspace.makeFile("sent", bytes: Self.sentBytes)
            let (_, data) = try daemon.workspace.makeFile("kept", bytes: Self.fetchedBytes)
            try data.write(to: URL(fileURLWithPath: "\(daemon.home(of: user))/kept"))
            let began = Date().addingTimeInterval(-1)
            let client = try daemon.client(user).open(arguments: ["-o", "BindAddress=127.0.0.9"])
            let ended = Date()
            let idle = try daemon.client(other).open()
            func session(of user: TestUser) throws -> [String: Any] {
                let sessions = try daemon.ownAPI.items("/sessions?username=\(user.username)")
                #expect(sessions.count == 1, "\(sessions)")
                return sessions.first ?? [:]
            }
            let first = try session(of: user)
            #expect(first["username"] as? String == user.username)
            let address = try #require(first["address"] as? String)
            #expect(address.wholeMatch(of: /127\.0\.0\.9:[0-9]+/) != nil, "\(address)")
            #expect((first["client"] as? String)?.hasPrefix("SSH-2.0-OpenSSH") == true, "\(first)")
            let since = try #require(time(first["since"]), "\(first)")
            #expect(since >= began && since <= ended, "\(first)")
            #expect(first["bytesIn"] as? Int == 0 && first["bytesOut"] as? Int == 0, "\(first)")

            client.type("put \(local) sent")
            client.type("get kept \(daemon.workspace.file("fetched"))")
            #expect(client.answers(seconds: 30), "\(client.output.text)")
            var last: [String: Any] = [:]
            let isCounted = eventually(seconds: 20) {
                last = (try? session(of: user)) ?? [:]
                return last["bytesIn"] as? Int == Self.sentBytes && last["bytesOut"] as? Int == Self.fetchedBytes
            }
            #expect(isCounted, "\(last)")
            for member in ["id", "address", "client", "since"] {
                #expect(last[member] as? String == first[member] as? String, "\(last)")
            }
            let still = try session(of: other)
            #expect(still["bytesIn"] as? Int == 0 && still["bytesOut"] as? Int == 0, "\(still)")
            #expect((still["address"] as? String)?.hasPrefix("127.0.0.1:") == true, "\(still)")
            #expect(try daemon.ownAPI.items("/sessions").count == 2)
            _ = idle
        }

        @Test func `a password is listed with its last use, and another one's use is not its own`() throws {
            let daemon = try Daemon()
            let user = try daemon.api.createUser(home: "/a")
            let path = "/users/\(user.username)/passwords"
            let unused = try daemon.ownAPI.items(path)
            #expect(unused.count == 1 && unused.allSatisfy { $0["lastUsedAt"] == nil }, "\(unused)")
            // A password that is wrong is nobody's use.
            #expect(try daemon.client(user).sftp(["pwd"], password: "wrong").status != 0)
            #expect(try daemon.ownAPI.items(path).allSatisfy { $0["lastUsedAt"] == nil })

            let reset = try daemon.ownAPI.send(
                "POST", "/users/\(user.username)/password", body: #"{"overlapSeconds": 3600}"#)
            let next = try #require(reset.json["password"] as? String, "\(reset)")
            for (password, isFormer) in [(user.password, true), (next, false)] {
                let before = Date().addingTimeInterval(-0.001)
                #expect(try daemon.client(user).sftp(["pwd"], password: password).status == 0)
                let after = Date()
                var listed: [[String: Any]] = []
                let isNoted = eventually(seconds: 10) {
                    listed = (try? daemon.ownAPI.items(path)) ?? []
                    let used = listed.filter { ($0["expiresAt"] != nil) == isFormer }.map { time($0["lastUsedAt"]) }
                    return used.count == 1 && used.allSatisfy { $0.map { $0 >= before && $0 <= after } ?? false }
                }
                #expect(isNoted, "\(before) to \(after): \(listed)")
                #expect(
                    listed.count == 2 && listed.count { $0["lastUsedAt"] != nil } == (isFormer ? 1 : 2), "\(listed)")
            }
            #expect(!daemon.log.text.contains(next))
        }

        @Test func `a session outlives the password that it was opened with, unless it is to end`() throws {
            let daemon = try Daemon()
            let user = try daemon.api.createUser(home: "/a"), other = try daemon.api.createUser(home: "/b")
            let (local, data) = try daemon.workspace.makeFile("file", bytes: 8_000_000)
            let client = try daemon.client(user).open(arguments: ["-l", "16000"])
            let bystander = try daemon.client(other).open()
            let remote = "\(daemon.home(of: user))/file"
            client.type("put \(local) file")
            #expect(eventually(seconds: 10) { size(of: remote) > 100_000 })
            let path = "/users/\(user.username)"
            for body in ["", #"{"endSessions": false}"#, #"{"overlapSeconds": 60}"#] {
                #expect(try daemon.ownAPI.send("POST", "\(path)/password", body: body).status == 200, "\(body)")
            }
            let passwords = try daemon.ownAPI.items("\(path)/passwords")
            let former = try #require(passwords.first { $0["expiresAt"] != nil }?["id"] as? String, "\(passwords)")
            #expect(try daemon.ownAPI.send("DELETE", "\(path)/passwords/\(former)").status == 204)
            #expect(size(of: remote) < data.count, "the transfer was over before")
            #expect(try daemon.client(user).sftp(["pwd"]).status != 0)
            #expect(client.answers(seconds: 30), "\(client.output.text)")
            #expect(try Data(contentsOf: URL(fileURLWithPath: remote)) == data)

            #expect(try daemon.ownAPI.send("POST", "\(path)/password", body: #"{"endSessions": true}"#).status == 200)
            #expect(try daemon.ownAPI.items("/sessions?username=\(user.username)").isEmpty)
            #expect(client.isDisconnected(seconds: 1.5))
            #expect(bystander.answers())
        }

        @Test(arguments: [Transfer.Right.session, .password, .formerPassword])
        func `a session that heeds nothing any more is killed when it is to end`(right: Transfer.Right) throws {
            let daemon = try Daemon()
            let user = try daemon.api.createUser(home: "/a")
            let client = try daemon.client(user).open()
            let process = try #require(daemon.watch?.sessions.first)
            if let gift = right.gift(user) {
                #expect(try daemon.ownAPI.send(gift).status == right.isGiven)
            }
            let end = try right.end(user, daemon)
            kill(process, SIGSTOP)
            let called = ContinuousClock.now
            let ended = try daemon.ownAPI.send(end)
            let isAlive = ProcessTable.isAlive(process)
            let taken = ContinuousClock.now - called
            #expect(ended.status == right.isEnded && !isAlive, "\(ended) \(daemon.log.text)")
            // curl's own start included.
            #expect(taken < .seconds(1.3), "\(taken)")
            #expect(client.isDisconnected(seconds: 1.5))
        }
    }
}

extension Daemon {
    /// Berth's own operations, beside the documented API.
    var ownAPI: API {
        var api = api
        api.version = "/berth/v1"
        return api
    }
}

extension API {
    /// The only page of a list.
    func items(_ path: String) throws -> [[String: Any]] {
        let page = try send("GET", path)
        guard page.status == 200, let items = page.json["items"] as? [[String: Any]],
            page.json["nextPageToken"] == nil
        else { throw Unexpected(response: page) }
        return items
    }

    /// A call whose path has its version.
    func send(_ call: Call) throws -> Response {
        var api = self
        api.version = ""
        return try api.send(call.method, call.path, body: call.body.isEmpty ? nil : call.body)
    }
}
