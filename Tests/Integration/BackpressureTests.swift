import Foundation
import Glibc
import ServiceTestSupport
import Testing

extension Integration {
    @Suite struct BackpressureTests {
        @Test func `a client with a 2 GiB window that stops reading costs bounded memory`() throws {
            let daemon = try Daemon()
            let user = try daemon.api.createUser(home: "/slow")
            let file = "\(daemon.home(of: user))/large"
            // A sparse file: its bytes are only ever read.
            close(open(file, O_CREAT | O_WRONLY, 0o644))
            truncate(file, 1 << 30)
            chmod(file, 0o644)

            let client = try SteppedClient("stops_reading.py", user, of: daemon)
            defer { client.process.end() }
            let output = client.log
            #expect(output.waitForLine(containing: "stopped") != nil, "\(output.text)")
            let listener = try #require(daemon.listener)
            let session = try #require(ProcessTable.children(of: listener).first)
            // The session goes on until the socket takes no more; then its memory stands still.
            var last = -1
            #expect(
                eventually(seconds: 10) {
                    poll(nil, 0, 500)
                    let before = last
                    last = ProcessTable.memory(session, "VmHWM") ?? -1
                    return last == before
                })
            let resident = ProcessTable.memory(session, "VmHWM") ?? .max
            print("BackpressureTests: the session's memory at its most: \(resident / 1_024) KiB")
            #expect(resident < 64 << 20)
            #expect(ProcessTable.isAlive(session))
            #expect(try daemon.client(user).sftp(["ls"]).status == 0)
        }

        /// Runs a client that sends 100,000 requests, and looks at what its session needed when `line` is said and it
        /// needs no more.
        private func memory(
            of kind: String, line: String, _ check: (Daemon, TestUser) throws -> Void = { _, _ in }
        ) throws -> Int {
            let daemon = try Daemon()
            let user = try daemon.api.createUser(home: "/many")
            let home = daemon.home(of: user)
            if kind == "read" {
                try Data().write(to: URL(fileURLWithPath: "\(home)/large"))
                truncate("\(home)/large", 1 << 20)
            }
            if kind == "readdir" {
                try FileManager.default.createDirectory(atPath: "\(home)/many", withIntermediateDirectories: false)
                for number in 0..<1_000 {
                    close(
                        open("\(home)/many/\(String(repeating: "n", count: 200))\(number)", O_CREAT | O_WRONLY, 0o644))
                }
            }
            let client = try SteppedClient("pipelines.py", user, of: daemon, [kind])
            defer { client.process.end() }
            let output = client.log
            let listener = try #require(daemon.listener)
            var most = -1
            func look() {
                for session in ProcessTable.children(of: listener) {
                    most = max(most, ProcessTable.memory(session, "VmHWM") ?? -1)
                }
            }
            #expect(
                eventually(seconds: 60) {
                    look()
                    return output.lines.contains { $0.contains(line) } || !client.process.isRunning
                })
            #expect(output.text.contains(line), "\(output.text)\n\(daemon.log.text)")
            var last = -1
            #expect(
                eventually(seconds: 10) {
                    poll(nil, 0, 300)
                    last = most
                    look()
                    return last == most
                })
            try check(daemon, user)
            return most
        }

        @Test(arguments: ["read", "readdir"])
        func `requests whose answers nobody reads cost bounded memory, however many they are`(kind: String) throws {
            let most = try memory(of: kind, line: "stopped") { daemon, user in
                let other = try daemon.client(user).sftp(["ls"])
                #expect(other.status == 0, "\(other)")
            }
            print("BackpressureTests: \(kind): the session's memory at its most: \(most / 1_024) KiB")
            // The receive window, the output's bound and one answer, what libssh holds, and the program itself.
            #expect((1 << 20...24 << 20).contains(most), "\(most)")
        }

        @Test func `a hundred thousand requests at once are all answered, in order and in bounded memory`() throws {
            let most = try memory(of: "answers", line: "answered")
            print("BackpressureTests: answers: the session's memory at its most: \(most / 1_024) KiB")
            #expect((1 << 20...24 << 20).contains(most), "\(most)")
        }

        @Test func `a client that ignores the receive window is cut off before it fills the memory`() throws {
            let daemon = try Daemon()
            let user = try daemon.api.createUser(home: "/flood")
            let result = try daemon.paramiko("ignores_window.py", user)
            #expect(result.status == 0, "\(result)\n\(daemon.log.text)")
            let peak = try #require(
                result.output.split(separator: "\n").last.flatMap {
                    Int($0.replacingOccurrences(of: "sent=", with: ""))
                })
            #expect(!daemon.log.text.contains("session died"), "\(daemon.log.text)")
            print("BackpressureTests: cut off after \(peak) bytes")
            #expect(try daemon.client(user).sftp(["ls"]).status == 0)
        }
    }
}
