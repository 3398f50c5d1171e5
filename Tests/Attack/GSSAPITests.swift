import Foundation
import Glibc
import ServiceTestSupport
import Testing

extension Attack {
    /// libssh asks GSSAPI's library for the mechanisms of the host before anybody has logged in, also where GSSAPI is not
    /// offered.
    @Suite struct GSSAPITests {
        /// Its library would be stopped by the session's filter, too, and then nobody would see it try.
        @Test func `libssh asks Berth for the mechanisms, and not GSSAPI's library`() throws {
            let run = try Command.run(
                Programs.berthSFTPD, ["--help"], environment: ["LD_DEBUG": "bindings", "LD_BIND_NOW": "1"])
            let bindings = run.error.split(separator: "\n").filter { $0.contains("`gss_indicate_mechs'") }
            let ofLibrary = bindings.filter { $0.contains("binding file ") && $0.contains("libssh.so") }
            #expect(ofLibrary.count == 1, "\(bindings)")
            #expect(ofLibrary.allSatisfy { $0.contains("] to \(Programs.berthSFTPD) [") }, "\(ofLibrary)")
        }

        @Test func `a request for it is refused, and its library reads nothing of the host`() throws {
            let output = try Workspace()
            let daemon = try Daemon(tracer: [
                "strace", "-f", "--seccomp-bpf", "-o", output.file("trace"), "-e", "trace=%file",
            ])
            let script = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Clients/gssapi.py").path
            let run = try Command.run(Programs.python, ["-B", script, "\(daemon.sftpPort)"])
            // SSH_MSG_USERAUTH_FAILURE.
            #expect(run.status == 0 && run.output == "51", "\(run)")
            // strace passes no signal on: its child is the daemon.
            kill(try #require(ProcessTable.children(of: daemon.process.pid).first), SIGTERM)
            #expect(daemon.process.wait(seconds: 30) == 0, "\(daemon.log.text)")
            let calls = try Trace(path: output.file("trace")).calls
            #expect(calls.contains { $0.text.contains("\"/etc") }, "a session looks whether it is in force")
            let read = calls.filter { ["/etc/gss", "krb5.conf", "mech.d"].contains(where: $0.text.contains) }
            #expect(read.isEmpty, "\(read.map(\.text))")
        }
    }
}
