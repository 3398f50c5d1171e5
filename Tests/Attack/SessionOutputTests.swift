import Foundation
import Glibc
import ServiceTestSupport
import Testing

extension Attack {
    /// What a session writes to its standard error goes through the listener, which logs it.
    @Suite(.enabled(if: geteuid() == 0)) struct SessionOutputTests {
        @Test func `a session that writes without end has a hundred lines of the log, and then nobody reads it`() throws
        {
            signal(SIGPIPE, SIG_IGN)
            let daemon = try Daemon()
            let user = try daemon.api.createUser(home: "/a")
            let (client, session) = try #require(daemon.watch).session { try daemon.client(user).open() }
            // The session's own end of the pipe.
            let output = open("/proc/\(try #require(session))/fd/2", O_WRONLY | O_CLOEXEC)
            try #require(output >= 0)
            defer { close(output) }
            let line = Array("error somebody's user=admin\n".utf8)
            let isCutOff = eventually(seconds: 10) { write(output, line, line.count) < 0 && errno == EPIPE }
            #expect(isCutOff, "\(daemon.log.lines.count)")
            #expect(daemon.log.waitForLine { $0.contains("the rest of this session's is dropped") } != nil)
            let lines = daemon.log.lines.filter { $0.contains("somebody's") }
            #expect(lines.count <= 101 && lines.allSatisfy { $0.contains("session output") }, "\(lines.count)")
            #expect(client.answers())
        }
    }
}
