import Foundation
import Glibc
import ServiceTestSupport
import Testing

extension Integration {
    @Suite struct LifecycleTests {
        @Test func `users, passwords and files outlive a restart, and host keys stay the same`() throws {
            let first = try Daemon(makesHostKeys: true)
            let user = try first.api.createUser(home: "/a")
            let (local, data) = try first.workspace.makeFile("file", bytes: 5_000)
            #expect(try first.client(user).sftp(["put \(local) file"]).status == 0)
            let keys = try hostKeys(of: first)
            #expect(first.stop() == 0)

            let second = try Daemon(after: first)
            #expect(try second.client(user).sftp(["get file \(local).back"]).status == 0)
            #expect(try Data(contentsOf: URL(fileURLWithPath: "\(local).back")) == data)
            #expect(try hostKeys(of: second) == keys)
            #expect(keys.count == 3)
            let next = try second.api.createUser(home: "/b")
            #expect(next.username != user.username && next.bucketName == user.bucketName)
        }

        @Test func `a second daemon on the same data is refused and says why`() throws {
            let daemon = try Daemon()
            let refused = try Command.run(
                Programs.berthd, ["run"],
                environment: [
                    "BERTHD_DATA": daemon.data, "BERTHD_API_LISTEN": "127.0.0.1:\(try FreePort.next())",
                    "BERTHD_SFTP_LISTEN": "127.0.0.1:\(try FreePort.next())",
                ])
            let status = try #require(refused.status)
            #expect(status != 0 && status < 128, "\(refused)")
            #expect(refused.error.contains(daemon.data), "\(refused)")
            #expect(try daemon.api.send("GET", "/users").status == 200)
        }

        @Test(arguments: [SIGTERM, SIGINT])
        func `a signal lets the running transfer finish, takes no new one, and ends with status 0`(signal: Int32) throws
        {
            let daemon = try Daemon()
            let user = try daemon.api.createUser(home: "/a")
            let (local, data) = try daemon.workspace.makeFile("file", bytes: 1_000_000)
            let remote = "\(daemon.home(of: user))/file"
            // 4,000 Kbit/s: two seconds.
            let session = try daemon.client(user).open(arguments: ["-l", "4000", "-B", "16384"])
            session.type("put \(local) file")
            #expect(eventually(seconds: 10) { size(of: remote) > 0 })
            daemon.process.signal(signal)
            #expect(eventually(seconds: 5) { (try? TCPConnection(port: daemon.sftpPort)) == nil })
            #expect(size(of: remote) < data.count)
            #expect(daemon.process.wait(seconds: 20) == 0, "\(daemon.log.text)")
            #expect(try Data(contentsOf: URL(fileURLWithPath: remote)) == data)
        }

        @Test func `a second signal ends at once`() throws {
            let daemon = try Daemon()
            let user = try daemon.api.createUser(home: "/a")
            let (local, _) = try daemon.workspace.makeFile("file", bytes: 4_000_000)
            let session = try daemon.client(user).open(arguments: ["-l", "1000", "-B", "16384"])
            session.type("put \(local) file")
            #expect(eventually(seconds: 10) { size(of: "\(daemon.home(of: user))/file") > 0 })
            daemon.process.signal(SIGTERM)
            #expect(eventually(seconds: 5) { (try? TCPConnection(port: daemon.sftpPort)) == nil })
            #expect(daemon.process.isRunning)
            daemon.process.signal(SIGTERM)
            #expect(daemon.process.wait(seconds: 3) == 0, "\(daemon.log.text)")
            #expect(session.isDisconnected(seconds: 3))
        }

        @Test func `the data plane is started again when it dies, later each time`() throws {
            let daemon = try Daemon()
            let user = try daemon.api.createUser(home: "/a")
            var delays: [Double] = []
            for _ in 0..<3 {
                let listener = try #require(daemon.listener)
                let start = daemon.log.lines.count
                let killed = ContinuousClock.now
                kill(listener, SIGKILL)
                let line = daemon.log.waitForLine(from: start) {
                    $0.contains(" listening") && $0.contains("plane=sftp")
                }
                #expect(line != nil, "\(daemon.log.text)")
                delays.append((ContinuousClock.now - killed) / .seconds(1))
                #expect(try daemon.client(user).sftp(["pwd"]).status == 0)
            }
            #expect(delays[0] < delays[2], "\(delays)")
            #expect(delays[2] < 10, "\(delays)")
        }

        @Test func `the end of the control plane ends the data plane that it started`() throws {
            let daemon = try Daemon()
            let user = try daemon.api.createUser(home: "/a")
            let session = try daemon.client(user).open()
            let listener = try #require(daemon.listener)
            daemon.crash()
            #expect(session.isDisconnected(seconds: 5))
            #expect(ProcessTable.waitForEnd(of: listener, seconds: 5))
            let next = try Daemon(after: daemon)
            #expect(try next.client(user).sftp(["pwd"]).status == 0)
        }

        @Test func `the listener has one thread and hands no session a secret of another`() throws {
            let daemon = try Daemon()
            let user = try daemon.api.createUser(home: "/a")
            let session = try daemon.client(user).open()
            let listener = try #require(daemon.listener)
            #expect(ProcessTable.threads(of: listener) == 1)
            let child = try #require(ProcessTable.children(of: listener).first)
            #expect(ProcessTable.threads(of: child) == 1)
            let open = try FileManager.default.contentsOfDirectory(atPath: "/proc/\(child)/fd").compactMap {
                try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(child)/fd/\($0)")
            }
            #expect(!open.contains { $0.contains("berth.sqlite") || $0.contains("host_keys") }, "\(open)")
            #expect(session.answers())
        }

        @Test func `wrong settings stop the start with all faults at once`() throws {
            let workspace = try Workspace()
            let file = try workspace.write(
                "berth.yaml", Data("api:\n  listen: nonsense\nsftp:\n  fsync: sometimes\nunheard_of: 1\n".utf8))
            let checked = try Command.run(
                Programs.berthd, ["--check-config", "--config", file], environment: ["BERTHD_DATA": workspace.file("d")]
            )
            #expect(checked.status != 0 && checked.status != nil, "\(checked)")
            let text = checked.output + checked.error
            for part in ["api.listen", "nonsense", "sftp.fsync", "sometimes", "close", "never", "unheard_of"] {
                #expect(text.contains(part), "\(part): \(checked)")
            }
            let right = try Command.run(
                Programs.berthd, ["--check-config"],
                environment: ["BERTHD_DATA": workspace.file("d"), "BERTHD_UNHEARD_OF": "1"])
            #expect(right.status == 0, "\(right)")
            #expect((right.output + right.error).contains("BERTHD_UNHEARD_OF"), "\(right)")
        }

        @Test func `a start that fails is told by the status, whichever plane finds out first`() throws {
            let place = try Workspace()
            for _ in 0..<10 {
                let taken = try TakenPort()
                let run = try Command.run(
                    Programs.berthd, ["run"],
                    environment: [
                        "BERTHD_DATA": place.file("data"), "BERTHD_API_LISTEN": "127.0.0.1:\(taken.port)",
                        "BERTHD_SFTP_LISTEN": "127.0.0.1:\(taken.port)",
                    ])
                #expect(run.status == 1 && run.error.contains("can't"), "\(run)")
            }
        }

        private func hostKeys(of daemon: Daemon) throws -> Set<String> {
            let scan = try Command.run("ssh-keyscan", ["-p", "\(daemon.sftpPort)", "127.0.0.1"])
            return Set(scan.output.split(separator: "\n").filter { !$0.hasPrefix("#") }.map(String.init))
        }
    }
}

/// The size of a file, 0 when there is none.
func size(of path: String) -> Int {
    var status = stat()
    return stat(path, &status) == 0 ? Int(status.st_size) : 0
}
