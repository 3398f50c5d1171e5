import Foundation
import Glibc
import ServiceTestSupport
import Testing

extension Integration {
    /// The listener executes its program anew in its own process: for an upgrade, and after a session died by a fault.
    @Suite struct SuccessionTests {
        /// 4,000 Kbit/s: two seconds for the files of these tests.
        private static let slowly = ["-l", "4000", "-B", "16384"]

        @Test func `transfers in both directions go on across SIGHUP, under a new address layout`() throws {
            let daemon = try Daemon()
            let watch = try #require(daemon.watch)
            let user = try daemon.api.createUser(home: "/a")
            let (local, data) = try daemon.workspace.makeFile("file", bytes: 1_000_000)
            let home = daemon.home(of: user)
            try data.write(to: URL(fileURLWithPath: "\(home)/other"))
            let upload = try daemon.client(user).open(arguments: Self.slowly)
            let download = try daemon.client(user).open(arguments: Self.slowly)
            upload.type("put \(local) file")
            download.type("get other \(local).back")
            #expect(eventually(seconds: 10) { size(of: "\(home)/file") > 0 && size(of: "\(local).back") > 0 })

            let before = watch.layout
            let sessions = watch.sessions
            kill(watch.pid, SIGHUP)
            #expect(watch.waitForTakeover(), "\(daemon.log.text)")
            #expect(size(of: "\(home)/file") < data.count && size(of: "\(local).back") < data.count)
            #expect(daemon.listener == watch.pid && watch.sessions == sessions)
            #expect(before.count == 2 && watch.layout.count == 2)
            #expect(Set(before).isDisjoint(with: watch.layout), "\(before) \(watch.layout)")
            #expect(try daemon.client(user).sftp(["pwd"]).status == 0)
            #expect(upload.answers(seconds: 15) && download.answers(seconds: 15))
            #expect(try Data(contentsOf: URL(fileURLWithPath: "\(home)/file")) == data)
            #expect(try Data(contentsOf: URL(fileURLWithPath: "\(local).back")) == data)

            #expect(upload.finish() == 0)
            let ended = daemon.log.waitForLine {
                $0.contains(" session ended ") && $0.contains("bytes_in=1000000") && $0.contains("client left")
            }
            #expect(ended != nil, "\(daemon.log.text)")
            #expect(try daemon.api.deleteUser(user.username).status == 204)
            #expect(download.isDisconnected(seconds: 1.5), "\(daemon.log.text)")
            #expect(!daemon.log.text.contains("error"), "\(daemon.log.text)")
            #expect(daemon.stop() == 0)
        }

        @Test func `host keys that were replaced are shown after SIGHUP, and sessions under the old ones go on`() throws
        {
            let daemon = try Daemon()
            let watch = try #require(daemon.watch)
            let user = try daemon.api.createUser(home: "/a")
            func shown() throws -> Set<Substring> {
                let scan = try Command.run("ssh-keyscan", ["-p", "\(daemon.sftpPort)", "127.0.0.1"])
                return Set(scan.output.split(separator: "\n").filter { !$0.hasPrefix("#") })
            }
            let old = try shown()
            let session = try daemon.client(user).open()
            let keys = "\(daemon.data)/host_keys"
            #expect(rename(keys, "\(keys).old") == 0 && mkdir(keys, 0o700) == 0)
            kill(watch.pid, SIGHUP)
            #expect(watch.waitForTakeover(), "\(daemon.log.text)")
            let new = try shown()
            #expect(old.count == 3 && new.count == 3 && old.isDisjoint(with: new), "\(old) \(new)")
            #expect(session.answers(seconds: 5) && session.finish() == 0)
            #expect(try daemon.client(user).sftp(["pwd"]).status == 0)
        }

        @Test func `a transfer goes on across the crash of another session, whose address is blocked`() throws {
            let daemon = try Daemon()
            let watch = try #require(daemon.watch)
            let user = try daemon.api.createUser(home: "/a")
            let (local, data) = try daemon.workspace.makeFile("file", bytes: 1_000_000)
            let remote = "\(daemon.home(of: user))/file"
            let upload = try daemon.client(user).open(arguments: Self.slowly)
            let (crashed, crashing) = try watch.session {
                try daemon.client(user).open(arguments: ["-o", "BindAddress=127.0.0.9"])
            }
            let waiting = try TCPConnection(port: daemon.sftpPort, from: "127.0.0.9")
            upload.type("put \(local) file")
            #expect(eventually(seconds: 10) { size(of: remote) > 0 })
            let before = watch.layout
            kill(try #require(crashing), SIGSEGV)
            #expect(watch.waitForTakeover(), "\(daemon.log.text)")
            #expect(Set(before).isDisjoint(with: watch.layout))
            #expect(size(of: remote) < data.count)
            // The loopback addresses are trusted here: faults block all the same, on the connections that are open, too.
            #expect(waiting.readToEnd(seconds: 3) != nil)
            let greeting = try TCPConnection(port: daemon.sftpPort, from: "127.0.0.9").readToEnd(seconds: 3)
            #expect(
                String(decoding: greeting ?? [], as: UTF8.self)
                    == "Not allowed at this time: a session from this address failed, try again later\r\n")
            #expect(try daemon.client(user).sftp(["pwd"]).status == 0)
            #expect(upload.answers(seconds: 15))
            #expect(try Data(contentsOf: URL(fileURLWithPath: remote)) == data)
            let blocked = daemon.log.lines.filter { $0.contains(" address blocked ") }
            #expect(blocked.count == 1 && blocked[0].contains("address=127.0.0.9"), "\(daemon.log.text)")
            #expect(crashed.isDisconnected(seconds: 1))
            let ended = daemon.log.waitForLine { $0.contains(" session ended ") && $0.contains("signal=11") }
            #expect(ended?.contains(user.username) == true, "\(daemon.log.text)")
        }

        @Test func `a session that makes a call which no session makes is told of in the log, and others go on`() throws
        {
            let daemon = try Daemon()
            let watch = try #require(daemon.watch)
            let user = try daemon.api.createUser(home: "/a")
            let stays = try daemon.client(user).open()
            let (broken, session) = try watch.session { try daemon.client(user).open() }
            // By which the filter ends it.
            kill(try #require(session), SIGSYS)
            let died = daemon.log.waitForLine(containing: " error session died ") ?? ""
            for part in ["cause=\"a system call that no session makes\"", "signal=31", "user=\(user.username)"] {
                #expect(died.contains(part), "\(daemon.log.text)")
            }
            #expect(broken.isDisconnected(seconds: 5) && watch.waitForTakeover() && stays.answers())
        }

        @Test func `signals from outside and the listener's own are no faults`() throws {
            let daemon = try Daemon(settings: ["BERTHD_SFTP_LOGIN_GRACE_SECONDS": "1"])
            let watch = try #require(daemon.watch)
            let user = try daemon.api.createUser(home: "/a")
            for signal in [SIGKILL, SIGTERM] {
                let (client, session) = try watch.session { try daemon.client(user).open() }
                kill(try #require(session), signal)
                #expect(client.isDisconnected(seconds: 5))
            }
            let (silent, session) = try watch.session {
                let connection = try TCPConnection(port: daemon.sftpPort)
                #expect(eventually(seconds: 5) { watch.sessions.count == 1 })
                return connection
            }
            kill(try #require(session), SIGSTOP)
            #expect(silent.readToEnd(seconds: 4) != nil)
            #expect(try daemon.client(user).sftp(["pwd"]).status == 0)
            #expect(watch.takeovers == 0 && !daemon.log.text.contains("address blocked"), "\(daemon.log.text)")
        }

        @Test func `sessions that crash one after the other make the listener execute itself at intervals only`() throws
        {
            let daemon = try Daemon()
            let watch = try #require(daemon.watch)
            let user = try daemon.api.createUser(home: "/a")
            let stays = try daemon.client(user).open()
            func crash(from source: String) throws {
                let (client, session) = try watch.session {
                    try daemon.client(user).open(arguments: ["-o", "BindAddress=\(source)"])
                }
                kill(try #require(session), SIGABRT)
                #expect(client.isDisconnected(seconds: 5))
            }
            try crash(from: "127.0.0.11")
            #expect(watch.waitForTakeover())
            let first = ContinuousClock.now
            for host in 12...15 { try crash(from: "127.0.0.\(host)") }
            #expect(watch.takeovers == 1)
            #expect(watch.waitForTakeover(number: 2))
            #expect(ContinuousClock.now - first > .seconds(4))
            #expect(watch.takeovers == 2, "\(daemon.log.text)")
            #expect(stays.answers())
            #expect(daemon.log.lines.count { $0.contains(" address blocked ") } == 5)
            // What was blocked stays so under the new layout.
            #expect(try TCPConnection(port: daemon.sftpPort, from: "127.0.0.11").readToEnd(seconds: 3) != nil)
        }

        @Test func `what a crash taught is worth nothing after the listener is killed, and its address may come back`()
            throws
        {
            let first = try Daemon()
            let watch = try #require(first.watch)
            let user = try first.api.createUser(home: "/a")
            let source = ["-o", "BindAddress=127.0.0.9"]
            let (client, session) = try watch.session { try first.client(user).open(arguments: source) }
            kill(try #require(session), SIGSEGV)
            #expect(client.isDisconnected(seconds: 5))
            #expect(watch.waitForTakeover(), "\(first.log.text)")
            #expect(try first.client(user).sftp(["pwd"], arguments: source).status == 255)
            let layout = watch.layout
            kill(watch.pid, SIGKILL)
            first.crash()
            #expect(ProcessTable.waitForEnd(of: watch.pid, seconds: 5))

            let daemon = try Daemon(after: first)
            #expect(Set(layout).isDisjoint(with: try #require(daemon.watch).layout))
            #expect(try daemon.client(user).sftp(["pwd"], arguments: source).status == 0)
        }

        @Test func `a program that can't take over is not given the sessions`() throws {
            let place = try Workspace()
            let program = place.file("berth-sftpd")
            try FileManager.default.copyItem(atPath: Programs.berthSFTPD, toPath: program)
            let data = try DataPlane(program: program)
            let daemon = try Daemon(settings: data.settings, dataPlane: data)
            let user = try daemon.api.createUser(home: "/a")
            let session = try daemon.client(user).open()
            let whole = try Data(contentsOf: URL(fileURLWithPath: program))
            let broken: [(name: String, file: Data?)] = [
                ("a script that does nothing", Data("#!/bin/sh\nexit 0\n".utf8)), ("no program", Data("nonsense".utf8)),
                ("the beginning of it", whole.prefix(64 << 10)),
                ("one that crashes", Data("#!/bin/sh\nkill -SEGV $$\n".utf8)), ("no file", nil),
            ]
            for (name, file) in broken {
                let start = data.log.lines.count
                try replace(program, by: file)
                data.process.signal(SIGHUP)
                let refused = data.log.waitForLine(containing: "can't take over", from: start)
                #expect(refused?.contains(" error ") == true, "\(name): \(data.log.text)")
                #expect(session.answers(), "\(name)")
                #expect(try daemon.client(user).sftp(["pwd"]).status == 0, "\(name)")
            }
            #expect(data.watch.takeovers == 0)
            try replace(program, by: whole)
            data.process.signal(SIGHUP)
            #expect(data.watch.waitForTakeover(), "\(data.log.text)")
            #expect(session.answers())
        }

        @Test func `it happens while the broker is away, too, and the broker then finds all sessions`() throws {
            let data = try DataPlane()
            let first = try Daemon(
                settings: data.settings.merging(["BERTHD_SFTP_LOGIN_GRACE_SECONDS": "4"]) { $1 }, dataPlane: data)
            let user = try first.api.createUser(home: "/a")
            let session = try first.client(user).open()
            let leaves = try first.client(user).open()
            let (silent, stopped) = try data.watch.session {
                let connection = try TCPConnection(port: first.sftpPort)
                #expect(eventually(seconds: 5) { data.watch.sessions.count == 3 })
                return connection
            }
            let accepted = ContinuousClock.now
            kill(try #require(stopped), SIGSTOP)
            first.crash()
            #expect(data.log.waitForLine(containing: "the broker is gone") != nil)
            data.process.signal(SIGHUP)
            #expect(data.watch.waitForTakeover(), "\(data.log.text)")
            #expect(session.answers())
            #expect(leaves.finish() == 0)
            // The deadline stayed: one second after the login grace time.
            #expect(silent.readToEnd(seconds: 8) != nil)
            #expect((4.0...7.0).contains((ContinuousClock.now - accepted) / .seconds(1)))

            let second = try Daemon(after: first)
            #expect(second.log.waitForLine(containing: "session adopted") != nil)
            #expect(try second.client(user).sftp(["pwd"]).status == 0)
            #expect(try second.api.deleteUser(user.username).status == 204)
            #expect(session.isDisconnected(seconds: 1.5), "\(second.log.text)\n\(data.log.text)")
            data.process.signal(SIGTERM)
            #expect(data.process.wait(seconds: 10) == 0)
        }

        @Test func `sockets that systemd passed stay open`() throws {
            let port = try FreePort.next()
            // sd_listen_fds(3).
            let launcher = """
                import os, socket, sys
                s = socket.socket()
                s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                s.bind(("127.0.0.1", \(port)))
                s.listen(64)
                s.fileno() == 3 or os.dup2(s.fileno(), 3)
                os.set_inheritable(3, True)
                os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS="1")
                os.execv(sys.argv[1], sys.argv[1:])
                """
            let data = try DataPlane(launcher: [Programs.python, "-c", launcher])
            let daemon = try Daemon(settings: data.settings, dataPlane: data)
            let user = try daemon.api.createUser(home: "/a")
            let client = daemon.client(user, port: port)
            let session = try client.open()
            for number in 1...3 {
                data.process.signal(SIGHUP)
                #expect(data.watch.waitForTakeover(number: number), "\(data.log.text)")
                #expect(try client.sftp(["pwd"]).status == 0)
            }
            #expect(session.answers())
            // What each image opens is closed by the next. The sessions that have ended hold nothing any more.
            #expect(eventually(seconds: 5) { data.watch.sessions.count == 1 })
            let open = data.watch.descriptorCount
            data.process.signal(SIGHUP)
            #expect(data.watch.waitForTakeover(number: 4))
            #expect(try client.sftp(["pwd"]).status == 0)
            #expect(eventually(seconds: 5) { data.watch.descriptorCount == open })
        }

        /// Puts another file there, as an installation does: a file that runs can't be written to.
        private func replace(_ path: String, by content: Data?) throws {
            guard let content else {
                unlink(path)
                return
            }
            let fresh = "\(path).new"
            try content.write(to: URL(fileURLWithPath: fresh))
            chmod(fresh, 0o755)
            #expect(rename(fresh, path) == 0)
        }
    }
}
