import Foundation
import Glibc
import ServiceTestSupport
import Testing

extension Integration {
    @Suite struct CopyTests {
        @Test func `a long copy inside the server is no idle time`() throws {
            let daemon = try Daemon(settings: ["BERTHD_SFTP_IDLE_SECONDS": "1"])
            let user = try daemon.api.createUser(home: "/copy")
            let home = daemon.home(of: user)
            let size = 2 << 30
            let descriptor = open("\(home)/large", O_WRONLY | O_CREAT, 0o660)
            #expect(ftruncate(descriptor, off_t(size)) == 0)
            #expect(pwrite(descriptor, "end", 3, off_t(size - 3)) == 3)
            close(descriptor)
            let copying = try daemon.client(user).sftp(["cp large copied", "ls -l copied"], seconds: 120)
            #expect(copying.status == 0, "\(copying)")
            var found = stat()
            #expect(stat("\(home)/copied", &found) == 0 && found.st_size == off_t(size))
        }
    }
}
