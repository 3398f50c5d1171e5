import Foundation
import Glibc
import ServiceTestSupport
import Testing

extension Integration {
    /// What Prometheus is shown.
    @Suite struct MetricsTests {
        private func key(_ daemon: Daemon, rights: String) throws -> String {
            let made = try Command.run(
                Programs.berthd, ["api-key", "create", "--data", daemon.data, "--name", "k", "--rights", rights])
            return made.output.trimmingCharacters(in: .whitespacesAndNewlines)
        }

        @Test func `only a key with the right sees the metrics`() throws {
            let daemon = try Daemon()
            var api = API(base: daemon.api.base, key: nil, version: "")
            #expect(try api.send("GET", "/metrics").status == 401)
            api.key = try key(daemon, rights: "users:read,users:write,buckets:read,buckets:write")
            let refused = try api.send("GET", "/metrics")
            #expect(refused.status == 403 && refused.code == "AccessDeniedException")
            let reader = try key(daemon, rights: "metrics:read")
            #expect(try MetricsReading(daemon, key: reader)["berth_ready"] == 1)
            api.key = reader
            #expect(try api.send("GET", "/2022-04-01/users").status == 403)
            let head = try api.send("HEAD", "/metrics")
            #expect(head.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8")
        }

        @Test func `numbers move with what partners and programs do`() throws {
            let daemon = try Daemon()
            let before = try MetricsReading(daemon)
            let user = try daemon.api.createUser(home: "/a")
            let (local, _) = try daemon.workspace.makeFile("file", bytes: 100_000)
            let client = daemon.client(user)
            #expect(try client.sftp(["pwd"], password: "wrong", methods: "password").status == 255)
            #expect(try client.sftp(["pwd"], methods: "keyboard-interactive").status == 0)
            let steps = [
                "put \(local) a", "get a \(local).back", "rename a b", "ln -s b link", "ln b c", "chmod 600 c",
                "mkdir d",
                "rmdir d", "rm b",
            ]
            #expect(try client.sftp(steps, methods: "password").status == 0)
            let open = try client.open()
            #expect(try daemon.api.readUser("NOBODY00").status == 404)
            #expect(
                try eventually(seconds: 10) {
                    try MetricsReading(daemon)["berth_file_operations_total{operation=remove,status=ok}"] == 1
                })
            let during = try MetricsReading(daemon)
            #expect(during["berth_sessions_open{logged_in=true}"] == 1, "\(daemon.log.text)")
            #expect(open.finish() == 0)
            #expect(
                try eventually(seconds: 10) { try MetricsReading(daemon)["berth_sessions_open{logged_in=true}"] == 0 })
            let after = try MetricsReading(daemon)
            #expect(
                after.growth(since: before, of: "berth_logins_total") == [
                    "berth_logins_total{method=password,result=denied}": 1,
                    "berth_logins_total{method=password,result=granted}": 2,
                    "berth_logins_total{method=keyboard-interactive,result=granted}": 1,
                ])
            let operations = ["write", "read", "rename", "symlink", "hardlink", "setstat", "mkdir", "rmdir", "remove"]
            #expect(
                after.growth(since: before, of: "berth_file_operations_total").filter { $0.key.contains("status=ok") }
                    == Dictionary(
                        uniqueKeysWithValues: operations.map {
                            ("berth_file_operations_total{operation=\($0),status=ok}", 1)
                        }))
            #expect(after["berth_file_received_bytes_total"] == 100_000)
            #expect(after["berth_file_sent_bytes_total"] == 100_000)
            #expect(after["berth_sessions_total"] - before["berth_sessions_total"] == 4)
            let users = "berth_http_requests_total{method=POST,route=/2022-04-01/users,status=201}"
            let missing = "berth_http_requests_total{method=GET,route=/2022-04-01/users/{username},status=404}"
            #expect(after[users] == 1 && after[missing] == 1)
            let created = "{method=POST,route=/2022-04-01/users}"
            #expect(after["berth_http_request_duration_seconds_count" + created] == 1)
            #expect(after["berth_http_request_duration_seconds_sum" + created] > 0)
            #expect(after["berth_users"] == 1 && before["berth_users"] == 0)
            #expect(after.growth(since: before, of: "berth_registry_write_duration_seconds_count").count == 1)
            #expect(after["process_cpu_seconds_total"] > before["process_cpu_seconds_total"])
        }

        @Test func `what clients try in vain is counted by what it was and why`() throws {
            let daemon = try Daemon()
            let user = try daemon.api.createUser(home: "/a")
            let before = try MetricsReading(daemon)
            #expect(
                try daemon.client(user).sftp(["mkdir d", "-mkdir d", "-rmdir missing", "-rmdir missing"]).status == 0)
            func failed(_ reading: MetricsReading, _ operation: String) -> [String: Double] {
                reading.growth(since: before, of: "berth_file_operations_total{operation=\(operation),")
            }
            let rmdir = ["berth_file_operations_total{operation=rmdir,status=no_such_file}": 2.0]
            #expect(try eventually(seconds: 10) { try failed(MetricsReading(daemon), "rmdir") == rmdir })
            #expect(
                try failed(MetricsReading(daemon), "mkdir") == [
                    "berth_file_operations_total{operation=mkdir,status=ok}": 1,
                    "berth_file_operations_total{operation=mkdir,status=failure}": 1,
                ])
        }

        @Test func `an address that is blocked since a session from there died is counted`() throws {
            let daemon = try Daemon()
            let watch = try #require(daemon.watch)
            let (silent, session) = try watch.session {
                let connection = try TCPConnection(port: daemon.sftpPort)
                #expect(connection.receive(seconds: 5) != nil)
                return connection
            }
            kill(try #require(session), SIGSYS)
            #expect(
                try eventually(seconds: 10) { try MetricsReading(daemon)["berth_blocks_total{reason=fault}"] == 1 },
                "\(daemon.log.text)")
            withExtendedLifetime(silent) {}
        }

        @Test func `what there is at the moment is as the system has it`() throws {
            let daemon = try Daemon()
            let reading = try MetricsReading(daemon)
            var disk = statvfs()
            #expect(statvfs(daemon.data, &disk) == 0)
            #expect(reading["berth_disk_size_bytes"] == Double(disk.f_blocks) * Double(disk.f_frsize))
            #expect(reading["berth_disk_inodes"] == Double(disk.f_files))
            let free = reading["berth_disk_free_bytes"]
            #expect(free > 0 && free <= reading["berth_disk_size_bytes"])
            let database = Double(size(of: "\(daemon.data)/berth.sqlite"))
            #expect(reading["berth_registry_size_bytes{file=database}"] == database && database > 0)
            #expect(reading.has("berth_registry_size_bytes{file=log}"))
            #expect(abs(reading["process_start_time_seconds"] - Date().timeIntervalSince1970) < 30)
            let resident = Double(try #require(ProcessTable.memory(daemon.process.pid, "VmRSS")))
            #expect((0.5...2).contains(reading["process_resident_memory_bytes"] / resident))
            let open = try FileManager.default.contentsOfDirectory(atPath: "/proc/\(daemon.process.pid)/fd").count
            #expect(abs(reading["process_open_fds"] - Double(open)) <= 4)
            #expect(reading["process_max_fds"] >= reading["process_open_fds"])
            #expect(reading.has("berth_build_info{version=0.1.0}"))
        }

        @Test func `the manual has every metric with its kind, and no other`() throws {
            // Whose end is among them.
            let place = try Workspace()
            let certificate = try TestCertificate("served", in: place)
            let daemon = try Daemon(settings: certificate.settings)
            // Twice: what is counted with the answer is shown by the next.
            _ = try MetricsReading(daemon)
            let shown = try MetricsReading(daemon).types
            let manual = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
                .appending(path: "../../docs/operations.md").standardizedFileURL
            let rows = try String(contentsOf: manual, encoding: .utf8).matches(
                of: /\n\| `((?:berth|process)_[a-z_]+)` \| (counter|gauge|histogram) \|/)
            let documented = Dictionary(rows.map { (String($0.1), String($0.2)) }) { first, _ in first }
            #expect(shown == documented && rows.count == documented.count)
        }

        @Test func `a block is counted while it holds`() throws {
            let daemon = try Daemon(settings: [
                "BERTHD_SFTP_TRUSTED_NETWORKS": "", "BERTHD_SFTP_BLOCK_AFTER_FAILURES": "1",
            ])
            let user = try daemon.api.createUser(home: "/a")
            #expect(try daemon.client(user).sftp(["pwd"], password: "wrong").status == 255)
            let during = try MetricsReading(daemon)
            #expect(during["berth_blocks_total{reason=failed_logins}"] == 1 && during["berth_blocks_in_force"] == 1)
            let api = API(base: daemon.api.base, key: daemon.apiKey, version: "/berth/v1")
            #expect(try api.send("DELETE", "/blocks/127.0.0.1").status == 204)
            #expect(try eventually(seconds: 5) { try MetricsReading(daemon)["berth_blocks_in_force"] == 0 })
        }
    }
}
