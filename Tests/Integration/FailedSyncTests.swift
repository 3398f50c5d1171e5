import Foundation
import Glibc
import ServiceTestSupport
import Testing

extension Integration {
    /// A disk that fails while the registry commits.
    @Suite struct FailedSyncTests {
        /// Lets each sync of the registry's log fail. What was written before it stays.
        private static let failingSync = [
            "sh", "-c",
            """
            exec strace -f --seccomp-bpf -o "$BERTHD_DATA.trace" -P "$BERTHD_DATA/berth.sqlite-wal" \
            -e trace=fsync,fdatasync -e inject=fsync,fdatasync:error=EIO "$@"
            """, "sh",
        ]

        @Test
        func `a creation whose commit fails is not tried again, and the user that it made all the same has its home`()
            throws
        {
            // What a crash leaves behind has a log that is gone on with: no other sync comes before that of the commit.
            let before = try Daemon()
            let known = try before.api.createUser(home: "/known")
            before.crash()
            let daemon = try Daemon(after: before, tracer: Self.failingSync)
            let berth = try BerthProgram(daemon)
            let failed = try berth("user", "create", "--home", "/doubtful", "--description", "A partner")
            #expect(failed.status == 76 && failed.output.isEmpty, "\(failed)")
            #expect(failed.error.contains("look before you try again"), "\(failed)")
            #expect(daemon.log.waitForLine(containing: "request failed") != nil, "\(daemon.log.text)")
            let refusals = daemon.log.lines.filter {
                $0.contains("request failed") && $0.contains("path=/2022-04-01/users")
            }
            #expect(refusals.count == 1 && refusals[0].contains("status=500"), "\(daemon.log.text)")
            #expect(try daemon.api.allUsers().count == 1, "what failed does not show")

            // strace passes no signal on: its child is the daemon.
            let berthd = try #require(ProcessTable.children(of: daemon.process.pid).first)
            for process in [berthd] + ProcessTable.children(of: berthd) { kill(process, SIGKILL) }
            #expect(daemon.process.wait(seconds: 30) != nil)
            let after = try Daemon(after: daemon)
            let users = try after.api.allUsers()
            // The change was whole in the log.
            #expect(users.compactMap { $0["homeDirectory"] as? String } == ["/known", "/doubtful"], "\(users)")
            for home in ["/known", "/doubtful"] {
                var isDirectory: ObjCBool = false
                let path = "\(after.data)/buckets/\(known.bucketName)\(home)"
                #expect(
                    FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) && isDirectory.boolValue)
            }
        }
    }
}
