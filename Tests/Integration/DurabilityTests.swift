import Foundation
import Glibc
import ServiceTestSupport
import Testing

extension Integration {
    /// Watches the system calls: what is acknowledged has been synced before.
    @Suite struct DurabilityTests {
        /// An SFTP request, the call that carries it out, and what has to be synced between that call and the answer.
        private struct Step {
            let request: String
            /// Names of the call that changes something, and a part of its text.
            let calls: Set<String>
            let part: String
            /// Ends of the paths that are to be synced.
            let synced: [String]
        }

        private static let syncs: Set<String> = ["fsync", "fdatasync"]
        private static let sends: Set<String> = ["sendto", "send", "write", "writev", "sendmsg"]

        @Test func `each SFTP answer that promises a change comes after the sync of file and directories`() throws {
            let traced = try trace { daemon, user in
                let result = try daemon.paramiko("durable_steps.py", user)
                #expect(result.status == 0, "\(result)")
            }
            let home = "/home-of-steps"
            let steps = [
                Step(request: "MKDIR", calls: ["mkdirat", "mkdir"], part: "\"a\"", synced: [home]),
                Step(request: "MKDIR", calls: ["mkdirat", "mkdir"], part: "\"b\"", synced: ["\(home)/a"]),
                Step(
                    request: "CLOSE", calls: ["openat2", "openat"], part: "O_CREAT",
                    synced: ["\(home)/a/new", "\(home)/a"]),
                Step(
                    request: "RENAME", calls: ["renameat2", "renameat", "linkat"], part: "\"renamed\"",
                    synced: ["\(home)/a", "\(home)/a/b"]),
                Step(
                    request: "posix-rename", calls: ["renameat2", "renameat"], part: "\"moved\"",
                    synced: ["\(home)/a/b", home]),
                Step(request: "SYMLINK", calls: ["symlinkat"], part: "\"link\"", synced: ["\(home)/a"]),
                Step(request: "hardlink", calls: ["linkat"], part: "\"hard\"", synced: ["\(home)/a"]),
                Step(request: "SETSTAT", calls: ["ftruncate"], part: "/moved>", synced: ["\(home)/moved"]),
                Step(request: "REMOVE", calls: ["unlinkat"], part: "\"hard\"", synced: ["\(home)/a"]),
                Step(request: "RMDIR", calls: ["unlinkat"], part: "\"b\"", synced: ["\(home)/a"]),
            ]
            var start = 0
            for step in steps {
                let change = traced.first(from: start) {
                    step.calls.contains($0.name) && $0.text.contains(step.part) && $0.succeeded
                }
                guard let change else {
                    Issue.record("\(step.request): no \(step.calls) with \(step.part) after call \(start)")
                    continue
                }
                expectSynced(step, after: change, in: traced)
                start = change + 1
            }
        }

        @Test func `CreateUser is answered after the registry and the directories of the home are synced`() throws {
            let traced = try trace { _, _ in }
            let answer = try #require(
                traced.first { Self.sends.contains($0.name) && $0.text.contains("201 Created") }, "no 201 in the trace")
            let before = traced.calls[..<answer]
            let made = before.lastIndex { $0.name.hasPrefix("mkdir") && $0.text.contains("home-of-steps") }
            let directory = try #require(made, "the home was not made before the answer")
            #expect(directory < answer)
            // The bucket is new, and so is every directory on the way: each name is in a directory that is synced.
            for parent in ["/buckets>", "-sftp>", "/outer>"] {
                #expect(before.contains { Self.syncs.contains($0.name) && $0.text.contains(parent) }, "\(parent)")
            }
            let written = before.lastIndex { $0.name.hasPrefix("pwrite") && $0.text.contains("berth.sqlite-wal>") }
            let registry = try #require(written, "the registry was not written before the answer")
            #expect(
                before[registry...].contains { Self.syncs.contains($0.name) && $0.text.contains("berth.sqlite-wal>") },
                "the registry's last write before the answer was not synced")
        }

        @Test func `with sftp.fsync never, no upload is synced`() throws {
            let traced = try trace(settings: ["BERTHD_SFTP_FSYNC": "never"]) { daemon, user in
                let (local, _) = try daemon.workspace.makeFile("file", bytes: 1_000)
                #expect(try daemon.client(user).sftp(["put \(local) file"]).status == 0)
            }
            #expect(!traced.calls.contains { Self.syncs.contains($0.name) && $0.text.contains("home-of-steps/file") })
        }

        private func expectSynced(_ step: Step, after change: Int, in traced: Trace) {
            let pid = traced.calls[change].pid
            var wanted = step.synced
            var start = change
            var answersBefore = 0
            if step.request == "CLOSE" {
                // OPEN and WRITE are answered before: behind the last write there is its answer, and then that of CLOSE.
                let isWrite = { (call: Trace.Call) in call.name == "pwrite64" && call.text.contains("/a/new>") }
                start = traced.calls.lastIndex(where: isWrite) ?? change
                answersBefore = 1
            }
            for call in traced.calls[start...] where call.pid == pid {
                if Self.syncs.contains(call.name), call.succeeded {
                    wanted.removeAll { call.text.contains("\($0)>") }
                }
                if wanted.isEmpty { return }
                guard Self.sends.contains(call.name), call.text.contains("<TCP:") else { continue }
                answersBefore -= 1
                if answersBefore < 0 { break }
            }
            Issue.record("\(step.request): answered without a sync of \(wanted)")
        }

        /// Runs a daemon under strace while a user is made and `body` runs.
        private func trace(settings: [String: String] = [:], _ body: (Daemon, TestUser) throws -> Void) throws -> Trace
        {
            let output = try Workspace()
            let calls =
                "fsync,fdatasync,syncfs,ftruncate,sync,sendto,sendmsg,write,writev,pwrite64,openat,openat2,mkdir,mkdirat,"
                + "renameat,renameat2,unlinkat,symlinkat,linkat"
            let tracer = [
                "strace", "-f", "-yy", "-s", "64", "--seccomp-bpf", "-o", output.file("trace"), "-e", "trace=\(calls)",
            ]
            let daemon = try Daemon(settings: settings, tracer: tracer)
            let user = try daemon.api.createUser(home: "/outer/home-of-steps")
            try body(daemon, user)
            // strace passes no signal on: its child is the daemon.
            let berthd = try #require(ProcessTable.children(of: daemon.process.pid).first)
            kill(berthd, SIGTERM)
            #expect(daemon.process.wait(seconds: 30) == 0, "\(daemon.log.text)")
            return try Trace(path: output.file("trace"))
        }
    }
}
