import Foundation
import Glibc
import ServiceTestSupport
import Testing

extension Integration {
    /// Partners that fill the disk.
    @Suite struct DiskReserveTests {
        /// Puts the data on a disk of 24 MiB, which ends with the daemon.
        static let tinyDisk = [
            "unshare", "--mount", "--propagation", "private", "sh", "-c",
            """
            disk=$BERTHD_DATA.disk && mkdir "$disk" && mount -t tmpfs -o size=24m tiny "$disk" && \
            cp -a "$BERTHD_DATA/." "$disk" && mount --move "$disk" "$BERTHD_DATA" && exec "$@"
            """, "sh",
        ]

        static let isPossible: Bool = {
            let probe = ["--mount", "--propagation", "private", "sh", "-c", "mount -t tmpfs tiny /mnt"]
            return (try? Command.run("unshare", probe))?.status == 0
        }()

        @Test(.enabled(if: isPossible, "needs the right to mount"), arguments: [25, 0])
        func `a partner that uploads until nothing goes any more leaves room for the registry`(percent: Int) throws {
            let settings = ["BERTHD_SFTP_MINIMUM_FREE_PERCENT": "\(percent)"]
            let daemon = try Daemon(settings: settings, tracer: Self.tinyDisk)
            let user = try daemon.api.createUser(home: "/a")
            let (small, _) = try daemon.workspace.makeFile("small", bytes: 1_000)
            let (large, _) = try daemon.workspace.makeFile("large", bytes: 30 << 20)
            #expect(try daemon.client(user).sftp(["put \(small) small", "mkdir d"]).status == 0)
            let upload = try daemon.client(user).sftp(["put \(large) large"])
            #expect(upload.status == 1 && upload.error.contains("write remote \"/large\": Failure"), "\(upload)")
            guard percent > 0 else {
                // What the setting is for.
                #expect(throws: API.Unexpected.self) { _ = try daemon.api.createUser(home: "/b") }
                return
            }
            #expect(
                daemon.log.waitForLine { $0.contains("nothing can be stored") && $0.contains("minimum_free_percent") }
                    != nil, "\(daemon.log.text)")
            #expect(try daemon.client(user).sftp(["put \(large) more"]).status == 1)
            // The registry, and what the partner may still do.
            let other = try daemon.api.createUser(home: "/b")
            #expect(try daemon.api.deleteUser(other.username).status == 204)
            #expect(try daemon.api.createUser(home: "/c").username != other.username)
            let more = try daemon.client(user).sftp([
                "get small \(small).back", "rename small kept", "rmdir d", "rm large", "-rm more", "put \(small) again",
            ])
            #expect(more.status == 0, "\(more)\n\(daemon.log.text)")
        }
    }
}
