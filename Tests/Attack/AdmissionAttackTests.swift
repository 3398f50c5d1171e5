import Foundation
import Glibc
import ServiceTestSupport
import Synchronization
import Testing

extension Attack {
    /// Connections that never log in, from as many addresses as an attacker likes.
    @Suite struct AdmissionAttackTests {
        /// Keeps connections open, each from an address that shares nothing with the others', and opens another one for
        /// each that is ended: as fast as the service ends them, and no faster.
        private final class Flood: Sendable {
            private static let connections = 16
            private let isOver = Mutex(false)
            private let opened = Mutex(0)
            private let ended = DispatchSemaphore(value: 0)

            var count: Int { opened.withLock { $0 } }

            init(port: UInt16) {
                for _ in 0..<Self.connections {
                    Thread.detachNewThread { [self] in
                        while !isOver.withLock({ $0 }) {
                            let number = opened.withLock { opened in
                                opened += 1
                                return opened
                            }
                            let source = "127.\(1 + number / 250 % 250).\(1 + number % 250).1"
                            _ = try? TCPConnection(port: port, from: source).readToEnd(seconds: 1)
                        }
                        ended.signal()
                    }
                }
            }

            func stop() {
                isOver.withLock { $0 = true }
                for _ in 0..<Self.connections { ended.wait() }
            }
        }

        @Test func `a partner who logged in before gets in while strangers use up all that is theirs`() throws {
            let first = try Daemon(settings: ["BERTHD_SFTP_MAX_UNAUTHENTICATED": "8"])
            let user = try first.api.createUser(home: "/a")
            let here = ["-o", "BindAddress=127.0.0.10"]
            #expect(try first.client(user).sftp(["pwd"], arguments: here).status == 0)
            // It is remembered by the registry, not by the listener alone.
            #expect(first.stop() == 0)
            let daemon = try Daemon(after: first)
            let flood = Flood(port: daemon.sftpPort)
            defer { flood.stop() }
            #expect(eventually(seconds: 20) { flood.count > 50 })
            for _ in 0..<4 {
                let login = try daemon.client(user).sftp(["pwd"], arguments: here)
                #expect(login.status == 0, "\(login)")
            }
        }
    }
}
