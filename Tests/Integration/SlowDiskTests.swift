import Foundation
import Glibc
import ServiceTestSupport
import Testing

extension Integration {
    /// A disk that takes its time, which no signal cuts short.
    @Suite struct SlowDiskTests {
        /// Puts the buckets on a file system of sshfs, whose server the test can stop: what a session waits for then can't be
        /// interrupted, as with a disk that is broken.
        private static let stoppableDisk = [
            "unshare", "--mount", "--propagation", "private", "sh", "-c",
            """
            buckets=$BERTHD_DATA/buckets disk=$BERTHD_DATA.disk && mkdir -p "$buckets" "$disk" && mkfifo "$disk.pipe" && \
            { /usr/lib/openssh/sftp-server <"$disk.pipe" | \
            sshfs -f -o passive ":$disk" "$buckets" >"$disk.pipe" & } && \
            until mountpoint -q "$buckets"; do sleep 0.05; done && exec "$@"
            """, "sh",
        ]

        private static let isPossible: Bool = {
            let probe = "mount -t tmpfs tiny /mnt && test -w /dev/fuse && command -v sshfs"
            return (try? Command.run("unshare", ["--mount", "--propagation", "private", "sh", "-c", probe]))?.status
                == 0
        }()

        /// The number of fsync(2).
        #if arch(arm64)
            private static let fsync = "82"
        #else
            private static let fsync = "74"
        #endif

        @Test(.enabled(if: isPossible, "needs sshfs and the right to mount"))
        func `a session that waits for the disk answers nothing any more once its user is deleted`() throws {
            let daemon = try Daemon(tracer: Self.stoppableDisk)
            let disk = try #require(Self.disk(below: daemon.process.pid), "no sftp-server")
            // Its end ends the file system, and whoever waits for that.
            defer { kill(disk, SIGKILL) }
            let user = try daemon.api.createUser(home: "/a")
            let client = try SteppedClient("slow_close.py", user, of: daemon)
            #expect(client.log.waitForLine(containing: "written") != nil, "\(client.log.text)\n\(daemon.log.text)")
            let session = try #require(daemon.watch?.sessions.first)
            kill(disk, SIGSTOP)
            client.goOn()
            #expect(eventually(seconds: 5) { Self.systemCall(of: session) == Self.fsync })

            let called = ContinuousClock.now
            #expect(try daemon.api.deleteUser(user.username).status == 204)
            let taken = ContinuousClock.now - called
            #expect(taken < .seconds(1.5))
            // Nothing but the disk can end it.
            #expect(ProcessTable.isAlive(session))
            let line = daemon.log.waitForLine(containing: "error sessions have not ended in time", seconds: 2)
            #expect(line?.contains("listener=slow") == true, "\(daemon.log.text)")
            #expect(try daemon.client(user).sftp(["pwd"]).status == 255)
            let file = "\(daemon.data).disk/\(user.bucketName)/a/file"
            let (writes, look) = (try WriteWatch(file), try FileLook(file))

            kill(disk, SIGCONT)
            let awake = ContinuousClock.now
            #expect(ProcessTable.waitForEnd(of: session, seconds: 2), "\(daemon.log.text)")
            print(
                "Slow disk: DeleteUser answered after \(taken), session over \(ContinuousClock.now - awake) after the disk"
            )
            #expect(client.process.wait(seconds: 5) != nil)
            #expect(client.log.lines.last == "not answered", "\(client.log.text)")
            #expect(try writes.events() == 0 && FileLook(file) == look)
        }

        /// The sftp-server among the processes that the daemon's launcher left below it.
        private static func disk(below pid: pid_t) -> pid_t? {
            let children = ProcessTable.children(of: pid)
            return (children + children.flatMap { ProcessTable.children(of: $0) })
                .first { ProcessTable.name(of: $0) == "sftp-server" }
        }

        /// The number of the system call that a process is in (proc(5)).
        private static func systemCall(of pid: pid_t) -> String? {
            let line = try? String(contentsOfFile: "/proc/\(pid)/syscall", encoding: .utf8)
            return line?.split(separator: " ").first.map(String.init)
        }
    }
}
