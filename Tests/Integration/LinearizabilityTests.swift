import Foundation
import Linearizability
import ServiceTestSupport
import Synchronization
import Testing

extension Integration {
    /// Many clients of the management API at once.
    @Suite struct LinearizabilityTests {
        @Test func `requests about the same user at the same time are answered as if they came one after the other`()
            throws
        {
            let seed = SeededRandom.seedOfThisRun()
            let daemon = try Daemon()
            let users = RacedUsers()
            let (port, key) = (daemon.apiPort, daemon.apiKey)
            let seen = Mutex<[Testimony]>([])
            let end = ContinuousClock.now + .seconds(8)
            Threads.atOnce(8) { number in
                let client = RacingClient(number, of: users, port: port, key: key, seed: seed)
                for _ in 0..<150 where ContinuousClock.now < end { client.step() }
                let testimony = client.testimony
                seen.withLock { $0.append(testimony) }
            }
            let names = Set(seen.withLock(\.self).flatMap { $0.calls.map(\.name) + $0.pages.flatMap(\.shown.keys) })
            let last = RacingClient(8, of: users, port: port, key: key, seed: seed)
            last.lookAtAll(names.sorted())
            let all = Testimony.joined(seen.withLock(\.self) + [last.testimony])
            for fault in all.faults() { Issue.record("seed \(seed): \(fault)") }

            // Enough has happened, of everything, for this to mean something.
            let answers = Set(all.calls.compactMap { $0.call.answer.map(kind) })
            let expected: Set = ["user", "done", "absent", "preconditionFailed", "reset", "passwords"]
            #expect(answers.isSuperset(of: expected), "seed \(seed): \(answers)")
            #expect(names.count >= 10 && all.lostCount >= 5 && all.calls.count >= 400, "seed \(seed)")
            // Those who are left have their homes, whoever else made or left the same ones.
            for user in try daemon.api.allUsers() {
                let (bucket, home) = (user["bucketName"] as? String ?? "", user["homeDirectory"] as? String ?? "")
                var isDirectory: ObjCBool = false
                let path = "\(daemon.data)/buckets/\(bucket)\(home)"
                #expect(
                    FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) && isDirectory.boolValue)
            }
        }

        @Test func `of passwords that are reset at the same time at most two are valid, those that the list has`()
            throws
        {
            let daemon = try Daemon()
            let user = try daemon.api.createUser(home: "/a")
            let path = "/berth/v1/users/\(user.username)/password"
            let given = Mutex([user.password])
            let (port, key) = (daemon.apiPort, daemon.apiKey)
            Threads.atOnce(6) { number in
                let connection = HTTPConnection(port: port, key: key)
                let body = #"{"overlapSeconds": \#(number == 0 ? 0 : 3_600)}"#
                let reset = try? connection.send("POST", path, body: body)
                if let password = reset?.json["password"] as? String { given.withLock { $0.append(password) } }
            }
            let passwords = given.withLock(\.self)
            #expect(Set(passwords).count == 7)
            let client = daemon.client(user)
            let valid = try passwords.filter {
                try client.sftp(["pwd"], password: $0, methods: "password").status == 0
            }
            var api = daemon.api
            api.version = ""
            let listed = try api.send("GET", path + "s").json["items"] as? [Any]
            #expect((1...2).contains(valid.count) && listed?.count == valid.count)
        }

        @Test func `a key that was revoked is refused from then on, whoever uses it at the same time`() throws {
            let seed = SeededRandom.seedOfThisRun()
            let daemon = try Daemon()
            let keys = RacedKeys()
            let (port, key) = (daemon.apiPort, daemon.apiKey)
            let seen = Mutex<[Testimony]>([])
            Threads.atOnce(6) { number in
                let client = KeyClient(number, of: keys, port: port, key: key, seed: seed)
                for _ in 0..<60 { client.step() }
                let testimony = client.testimony
                seen.withLock { $0.append(testimony) }
            }
            let all = Testimony.joined(seen.withLock(\.self))
            for fault in all.faults() { Issue.record("seed \(seed): \(fault)") }
            let answers = Set(all.calls.compactMap { $0.call.answer.map(kind) })
            #expect(answers == ["user", "done", "absent"], "seed \(seed)")
        }

        @Test func `keys that revoke each other at the same time leave one with the right admin`() throws {
            let daemon = try Daemon()
            let keys = try [daemon.apiKey] + (0..<4).map { try Daemon.makeKey(data: daemon.data, name: "k\($0)") }
            let api = API(base: daemon.api.base, key: daemon.apiKey, version: "/berth/v1")
            let listed = try api.send("GET", "/api-keys").json["items"] as? [[String: Any]]
            let ids = try #require(listed).compactMap { $0["id"] as? String }
            #expect(ids.count == keys.count)
            let port = daemon.apiPort
            let statuses = Mutex<[Int?]>([])
            Threads.atOnce(keys.count) { number in
                let connection = HTTPConnection(port: port, key: keys[number])
                for id in ids[number...] + ids[..<number] {
                    let answer = try? connection.send("DELETE", "/berth/v1/api-keys/\(id)")
                    statuses.withLock { $0.append(answer?.status) }
                }
            }
            let counts = Dictionary(grouping: statuses.withLock(\.self)) { $0 ?? 0 }.mapValues(\.count)
            #expect(counts[204] == keys.count - 1 && Set(counts.keys).isSubset(of: [204, 401, 404, 409]), "\(counts)")
            let left = try keys.filter { key in
                try API(base: api.base, key: key, version: api.version).send("GET", "/status").status == 200
            }
            #expect(left.count == 1)
        }

        /// The name of the answer's case.
        private func kind(_ answer: UserModel.Answer) -> String {
            String(String(describing: answer).prefix { $0 != "(" })
        }
    }
}
