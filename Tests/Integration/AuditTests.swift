import Foundation
import Glibc
import ServiceTestSupport
import Testing

extension Integration {
    /// What is taken down of who did what.
    @Suite struct AuditTests {
        @Test func `a day in the life of a partner is taken down line by line`() throws {
            let daemon = try Daemon()
            let request = ["-H", "x-request-id: r"]
            let created = try daemon.api.send(
                "POST", "/users", body: #"{"homeDirectory":"/a","description":"A"}"#, arguments: request)
            let name = try #require(created.json["username"] as? String)
            let user = TestUser(
                username: name, password: try #require(created.json["password"] as? String), homeDirectory: "/a",
                bucketName: "")
            let (local, _) = try daemon.workspace.makeFile("file", bytes: 1_000)
            let client = daemon.client(user)
            #expect(try client.sftp(["pwd"], password: "wrong", methods: "password").status == 255)
            let steps = ["put \(local) a", "get a \(local).back", "rename a b", "mkdir d", "rmdir d", "rm b"]
            #expect(try client.sftp(steps, methods: "keyboard-interactive").status == 0)
            let audit = AuditScene(daemon)
            #expect(audit.waitForLine(containing: #""event":"session.ended""#))
            _ = try daemon.api.send("PUT", "/users/\(name)", body: "{}", arguments: request)
            _ = try API(base: daemon.api.base, key: "berth_wrong").send("GET", "/users", arguments: request)
            _ = try daemon.api.send("GET", "/users")
            _ = try daemon.api.send("DELETE", "/users/\(name)", arguments: request)
            let revoked = try Command.run(Programs.berthd, ["api-key", "revoke", "1", "--data", daemon.data])
            #expect(revoked.status == 0, "\(revoked)")
            #expect(daemon.stop() == 0)

            let id = getuid()
            let machine =
                #"{"kind":"machine_user","id":"\#(id)","name":"\#(String(cString: getpwuid(id).pointee.pw_name))"}"#
            let key = #"{"kind":"api_key","id":"1","name":"tests"}"#
            let from = #""address":"127.0.0.1:P","session""#
            let here = #""address":"127.0.0.1","request":"r","operation""#
            let session = #""outcome":"granted","actor":{"kind":"user","name":"USER"},\#(from):"S2""#
            let expected = [
                #"{"event":"api_key.created","outcome":"granted","actor":\#(machine),"key_id":"1","key":"tests","rights":["admin"]}"#,
                #"{"event":"service.started","outcome":"done","actor":{"kind":"service"},"version":"0.1.0"}"#,
                #"{"event":"api.request","outcome":"granted","actor":\#(key),\#(here):"CreateUser","status":201,"user":"USER","home":"/a"}"#,
                #"{"event":"login","outcome":"denied","actor":{"kind":"unknown","name":"USER"},\#(from):"S1","method":"password","reason":"unknown user or wrong password","client":"CLIENT"}"#,
                #"{"event":"login",\#(session),"method":"keyboard-interactive","home":"/a","client":"CLIENT"}"#,
                #"{"event":"file.written",\#(session),"path":"/a","bytes":1000}"#,
                #"{"event":"file.read",\#(session),"path":"/a","bytes":1000}"#,
                #"{"event":"file.renamed",\#(session),"path":"/a","to":"/b"}"#,
                #"{"event":"directory.made",\#(session),"path":"/d"}"#,
                #"{"event":"directory.removed",\#(session),"path":"/d"}"#,
                #"{"event":"file.removed",\#(session),"path":"/b"}"#,
                #"{"event":"session.ended","outcome":"done","actor":{"kind":"user","name":"USER"},\#(from):"S2","reason":"client left","bytes_in":1000,"bytes_out":1000,"seconds":N}"#,
                #"{"event":"api.request","outcome":"failed","actor":\#(key),\#(here):"UpdateUser","target":"USER","status":400,"error":"ValidationException"}"#,
                #"{"event":"api.request","outcome":"denied","actor":{"kind":"unknown"},\#(here):"ListUsers","status":401,"error":"UnauthorizedException"}"#,
                #"{"event":"api.request","outcome":"granted","actor":\#(key),\#(here):"DeleteUser","target":"USER","status":204}"#,
                #"{"event":"api_key.revoked","outcome":"granted","actor":\#(machine),"key_id":"1"}"#,
                #"{"event":"service.stopped","outcome":"done","actor":{"kind":"service"}}"#,
            ]
            let lines = audit.lines([name: "USER"]).map { line in
                line.replacing(/"client":"SSH-2\.0-OpenSSH[^"]*"/, with: #""client":"CLIENT""#)
            }
            for (line, wanted) in zip(lines, expected) { #expect(line == wanted) }
            #expect(lines.count == expected.count, "\(lines.joined(separator: "\n"))")
            #expect(permissions(of: audit.path) == 0o600)
        }

        private func permissions(of path: String) -> mode_t {
            var status = stat()
            return stat(path, &status) == 0 ? status.st_mode & 0o7777 : 0
        }

        /// Names are bytes; what a partner calls a file must neither forge a line nor be guessed at.
        @Test func `names of files stand as they are, whatever they hold`() throws {
            let daemon = try Daemon()
            let user = try daemon.api.createUser(home: "/a")
            let home = daemon.home(of: user)
            let odd: [[UInt8]] = [
                Array("a\nb\"c\\d\u{202e}é".utf8), [0xff, 0x5c, 0x78, 0x66, 0x66], Array("{\"event\":\"login\"}".utf8),
            ]
            for name in odd {
                let descriptor = open(Array(home.utf8) + [0x2f] + name, O_CREAT | O_WRONLY | O_CLOEXEC, 0o600)
                #expect(descriptor >= 0)
                close(descriptor)
            }
            #expect(try daemon.client(user).sftp(["rm *"]).status == 0)
            let audit = AuditScene(daemon)
            #expect(audit.waitForLine(containing: "session.ended"))
            let paths = try audit.raw.filter { $0.contains("file.removed") }.map { line in
                try #require(
                    (JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])?["path"] as? String)
            }
            #expect(Set(paths) == ["/a\nb\"c\\\\d\u{202e}é", #"/\xff\\xff"#, "/{\"event\":\"login\"}"])
            #expect(audit.raw.allSatisfy { !$0.contains("\u{202e}") })
        }

        private func open(_ path: [UInt8], _ flags: CInt, _ mode: mode_t) -> CInt {
            (path + [0]).withUnsafeBufferPointer { buffer in
                buffer.withMemoryRebound(to: CChar.self) { $0.baseAddress.map { Glibc.open($0, flags, mode) } ?? -1 }
            }
        }

        @Test func `after logrotate has moved it away the log goes on in a new file`() throws {
            let daemon = try Daemon()
            let audit = AuditScene(daemon)
            #expect(audit.waitForLine(containing: "service.started"))
            let before = audit.raw
            let own = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
                .appending(path: "../../config/berth.logrotate").standardizedFileURL
            let user = String(cString: getpwuid(getuid()).pointee.pw_name)
            let group = String(cString: getgrgid(getgid()).pointee.gr_name)
            let text = try String(contentsOf: own, encoding: .utf8)
                .replacingOccurrences(of: "/var/lib/berth/audit.jsonl", with: audit.path)
                .replacingOccurrences(of: "berth berth", with: "\(user) \(group)")
                .replacing(/systemctl reload .*/, with: "kill -HUP \(daemon.process.pid)")
                .replacing(/date.*/, with: "")
            let file = try daemon.workspace.write("logrotate", Data(text.utf8), mode: 0o644)
            let rotated = try Command.run("/usr/sbin/logrotate", ["-f", "-s", daemon.workspace.file("state"), file])
            #expect(rotated.status == 0, "\(rotated)")
            #expect(daemon.log.waitForLine(containing: "audit log opened anew") != nil, "\(daemon.log.text)")
            _ = try daemon.api.createUser(home: "/a")
            #expect(audit.waitForLine(containing: "CreateUser"))
            #expect(audit.raw.count == 1 && permissions(of: audit.path) == 0o600)
            #expect(AuditScene(path: audit.path + ".1").raw == before)
        }

        @Test(.enabled(if: TinyDisk.isPossible))
        func `a full disk holds up neither logins nor requests, and no line is lost`()
            throws
        {
            let disk = try #require(TinyDisk(options: "size=64k,mode=0700"))
            let path = "\(disk.path)/audit.jsonl"
            let daemon = try Daemon(settings: ["BERTHD_AUDIT_FILE": path])
            let filler = "\(disk.path)/filler"
            let descriptor = Glibc.open(filler, O_CREAT | O_WRONLY | O_CLOEXEC, 0o600)
            let block = [UInt8](repeating: 0, count: 4_096)
            while write(descriptor, block, block.count) > 0 {}
            close(descriptor)
            let user = try daemon.api.createUser(home: "/a")
            // More than the page that the file has.
            for number in 0..<20 {
                let started = ContinuousClock.now
                let body = #"{"description":"\#(number)"}"#
                #expect(try daemon.api.send("PUT", "/users/\(user.username)", body: body).status == 200)
                #expect(ContinuousClock.now - started < .seconds(1))
            }
            #expect(try daemon.client(user).sftp(["pwd"]).status == 0)
            #expect(daemon.log.waitForLine(containing: "the audit log falls behind") != nil, "\(daemon.log.text)")
            let reading = try MetricsReading(daemon)
            #expect(reading["berth_audit_write_errors_total"] > 0 && reading["berth_audit_lines_lost_total"] == 0)
            unlink(filler)
            #expect(daemon.log.waitForLine(containing: "the audit log is written again") != nil, "\(daemon.log.text)")
            let audit = AuditScene(path: path)
            #expect(audit.waitForLine(containing: "session.ended"))
            #expect(audit.raw.count { $0.contains("UpdateUser") && $0.hasSuffix("}") } == 20)
            #expect(daemon.stop() == 0)
            #expect(audit.raw.last?.contains("service.stopped") == true)
        }

        @Test func `the start is refused while others could change it, and says how to mend that`() throws {
            let daemon = try Daemon()
            #expect(daemon.stop() == 0)
            chmod("\(daemon.data)/audit.jsonl", 0o622)
            let run = try Command.run(
                Programs.berthd, ["run"],
                environment: [
                    "BERTHD_DATA": daemon.data, "BERTHD_API_LISTEN": "127.0.0.1:0", "BERTHD_SFTP_LISTEN": "127.0.0.1:0",
                ])
            #expect(run.status == 1 && run.error.contains("audit.file: others could change"), "\(run)")
            #expect(run.error.contains("chmod go-w \(daemon.data)/audit.jsonl"), "\(run)")
        }

        @Test func `none is kept where the setting is empty`() throws {
            let daemon = try Daemon(tracer: ["env", "BERTHD_AUDIT_FILE="])
            _ = try daemon.api.createUser(home: "/a")
            #expect(daemon.stop() == 0)
            // That of the command that made the key.
            #expect(AuditScene(daemon).raw.count == 1)
        }

        @Test func `a secret that is typed where it does not belong is not taken down`() throws {
            let daemon = try Daemon()
            let user = try daemon.api.createUser(home: "/a")
            let mistaken = TestUser(
                username: user.password, password: user.password, homeDirectory: "/a", bucketName: user.bucketName)
            #expect(try daemon.client(mistaken).sftp(["pwd"], methods: "password").status == 255)
            #expect(try daemon.api.send("DELETE", "/users/\(daemon.apiKey)").status == 404)
            let audit = AuditScene(daemon)
            #expect(audit.waitForLine(containing: #""target":"(withheld)""#))
            #expect(audit.raw.contains { $0.contains(#""actor":{"kind":"unknown","name":"(withheld)"}"#) })
            let text = audit.raw.joined(separator: "\n")
            #expect(!text.contains(user.password) && !text.contains(daemon.apiKey))
        }
    }
}
