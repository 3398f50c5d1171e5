import Foundation
import Glibc
import ServiceTestSupport
import Testing

extension Integration {
    /// Clients behind a balancer, which has an address of its own in 127.0.0.0/8.
    @Suite struct ProxyProtocolTests {
        private static let balancer = "127.0.0.50"

        private func daemon(_ settings: [String: String] = [:]) throws -> Daemon {
            let behind = ["BERTHD_SFTP_PROXY_NETWORKS": Self.balancer, "BERTHD_SFTP_TRUSTED_NETWORKS": ""]
            return try Daemon(settings: behind.merging(settings) { $1 })
        }

        private func balancer(_ daemon: Daemon, client: String, pieceBytes: Int = 1_024) throws -> Balancer {
            // A checksum that is wrong and a name: what a balancer may add is passed over.
            let extensions: [UInt8] = [0x03, 0, 4, 1, 2, 3, 4, 0x02, 0, 5] + Array("berth".utf8)
            return try Balancer(
                before: daemon, source: Self.balancer,
                header: try Balancer.header(client: client, extensions: extensions), pieceBytes: pieceBytes)
        }

        /// What a connection from the balancer hears that sends these bytes; nil when it is not ended in time.
        private func answer(_ daemon: Daemon, to bytes: [UInt8], seconds: Double = 3) throws -> String? {
            let connection = try TCPConnection(port: daemon.sftpPort, from: Self.balancer)
            connection.send(bytes)
            return connection.readToEnd(seconds: seconds).map { String(decoding: $0, as: UTF8.self) }
        }

        @Test(arguments: [("198.51.100.7", "198.51.100.7:40000"), ("2001:db8::7", "[2001:db8::7]:40000")])
        func `a client is served and known by its own address, however its header comes`(
            client: String, address: String
        ) throws {
            let daemon = try daemon()
            let user = try daemon.api.createUser(home: "/a")
            let (local, data) = try daemon.workspace.makeFile("file", bytes: 100_000)
            for pieceBytes in [1, 1_024] {
                let balancer = try balancer(daemon, client: client, pieceBytes: pieceBytes)
                let name = "file\(pieceBytes)"
                #expect(try daemon.client(user, port: balancer.port).sftp(["put \(local) \(name)"]).status == 0)
                #expect(try Data(contentsOf: URL(fileURLWithPath: "\(daemon.home(of: user))/\(name)")) == data)
            }
            let logins = daemon.log.lines.filter { $0.contains(" login granted ") }
            #expect(logins.count == 2 && logins.allSatisfy { $0.contains("address=\(address) ") }, "\(daemon.log.text)")
            #expect(!daemon.log.text.contains(Self.balancer), "\(daemon.log.text)")
        }

        @Test func `who guesses is blocked by its own address, and others behind the balancer are not`() throws {
            let daemon = try daemon([
                "BERTHD_SFTP_BLOCK_AFTER_FAILURES": "1", "BERTHD_SFTP_BLOCK_NETWORKS": "203.0.113.0/24",
            ])
            let user = try daemon.api.createUser(home: "/a")
            let guessing = try balancer(daemon, client: "198.51.100.7")
            #expect(try daemon.client(user, port: guessing.port).sftp(["pwd"], password: "wrong").status == 255)
            let refused = try answer(daemon, to: try Balancer.header(client: "198.51.100.7"))
            #expect(
                refused?.hasPrefix("Not allowed at this time: too many failed logins") == true, "\(refused ?? "nil")")
            #expect(try answer(daemon, to: try Balancer.header(client: "203.0.113.1")) == "")
            let other = try balancer(daemon, client: "198.51.100.8")
            #expect(try daemon.client(user, port: other.port).sftp(["pwd"]).status == 0)
        }

        /// Of one customer's /64, one of the same, and one of another.
        private static let ipv6 = (
            one: "2001:db8:0:1::7", same: "2001:db8:0:1:ffff::9", another: "2001:db8:0:2::7"
        )

        @Test func `who guesses from IPv6 is blocked with the whole of its /64`() throws {
            let daemon = try daemon(["BERTHD_SFTP_BLOCK_AFTER_FAILURES": "1"])
            let user = try daemon.api.createUser(home: "/a")
            let guessing = try balancer(daemon, client: Self.ipv6.one)
            #expect(try daemon.client(user, port: guessing.port).sftp(["pwd"], password: "wrong").status == 255)
            let refused = try answer(daemon, to: try Balancer.header(client: Self.ipv6.same))
            #expect(
                refused?.hasPrefix("Not allowed at this time: too many failed logins") == true, "\(refused ?? "nil")")
            let other = try balancer(daemon, client: Self.ipv6.another)
            #expect(try daemon.client(user, port: other.port).sftp(["pwd"]).status == 0)
        }

        @Test func `the limit for one address is that of an IPv6 /64`() throws {
            let daemon = try daemon(["BERTHD_SFTP_MAX_SESSIONS_PER_ADDRESS": "1"])
            let user = try daemon.api.createUser(home: "/a")
            let first = try balancer(daemon, client: Self.ipv6.one)
            let session = try daemon.client(user, port: first.port).open()
            let refused = try answer(daemon, to: try Balancer.header(client: Self.ipv6.same))
            #expect(
                refused == "Not allowed at this time: too many connections from this address\r\n", "\(refused ?? "nil")"
            )
            let other = try balancer(daemon, client: Self.ipv6.another)
            #expect(try daemon.client(user, port: other.port).sftp(["pwd"]).status == 0)
            #expect(session.answers())
        }

        @Test func `a header is taken from listed networks alone`() throws {
            let daemon = try daemon()
            let user = try daemon.api.createUser(home: "/a")
            let connection = try TCPConnection(port: daemon.sftpPort, from: "127.0.0.51")
            connection.send(try Balancer.header(client: "198.51.100.7") + Array("SSH-2.0-x\r\n".utf8))
            // It is a client's first line, and a wrong one.
            #expect(connection.readToEnd(seconds: 10) != nil)
            #expect(!daemon.log.text.contains("198.51.100.7"), "\(daemon.log.text)")
            #expect(try daemon.client(user).sftp(["pwd"]).status == 0)
        }

        @Test func `from a listed network nothing is served without a header`() throws {
            let daemon = try daemon()
            let user = try daemon.api.createUser(home: "/a")
            let valid = try Balancer.header(client: "198.51.100.7")
            let openings: [[UInt8]] = [
                Array("SSH-2.0-x\r\n".utf8), Array("PROXY TCP4 198.51.100.7 127.0.0.1 1 22\r\n".utf8),
                Balancer.header(command: 0x21, family: 0x00, block: []),
                Balancer.header(command: 0x21, family: 0x12, block: Array(valid[16...])),
                Balancer.header(command: 0x22, family: 0x11, block: Array(valid[16...])),
                Balancer.header(command: 0x11, family: 0x11, block: Array(valid[16...])),
                Balancer.header(command: 0x21, family: 0x11, block: Array(valid[16...].dropLast())),
                Balancer.header(command: 0x20, family: 0x00, block: [UInt8](repeating: 0, count: 60_000)),
            ]
            for bytes in openings { #expect(try answer(daemon, to: bytes) == "", "\(bytes.prefix(20))") }
            let lines = daemon.log.lines.filter { $0.contains("connection refused") }
            #expect(lines.count == 1 && lines[0].contains("PROXY header"), "\(daemon.log.text)")
            #expect(try daemon.client(user).sftp(["pwd"]).status == 0)
        }

        @Test func `a balancer's own connection is served as its own, and one without a header ends in time`() throws {
            let daemon = try daemon(["BERTHD_SFTP_LOGIN_GRACE_SECONDS": "1"])
            let silent = try TCPConnection(port: daemon.sftpPort, from: Self.balancer)
            let half = try TCPConnection(port: daemon.sftpPort, from: Self.balancer)
            half.send(Array(try Balancer.header(client: "198.51.100.7").prefix(20)))
            let health = try answer(daemon, to: Balancer.header(command: 0x20, family: 0x00, block: []), seconds: 5)
            #expect(health?.hasPrefix("SSH-2.0-") == true)
            #expect(silent.readToEnd(seconds: 8) == [] && half.readToEnd(seconds: 2) == [])
        }

        @Test func `connections that send no header keep nobody out`() throws {
            let daemon = try daemon()
            let user = try daemon.api.createUser(home: "/a")
            let silent = try (0..<300).map { _ in try TCPConnection(port: daemon.sftpPort, from: Self.balancer) }
            let balancer = try balancer(daemon, client: "198.51.100.7")
            #expect(try daemon.client(user, port: balancer.port).sftp(["pwd"]).status == 0)
            #expect(try daemon.client(user).sftp(["pwd"]).status == 0)
            // The oldest of them made room for the others.
            #expect(silent.first?.readToEnd(seconds: 2) == [])
            withExtendedLifetime(silent) {}
        }

        @Test func `half a header is waited for by the program that takes over`() throws {
            let daemon = try daemon(["BERTHD_SFTP_LOGIN_GRACE_SECONDS": "1"])
            let watch = try #require(daemon.watch)
            let header = try Balancer.header(client: "203.0.113.9")
            let connection = try TCPConnection(port: daemon.sftpPort, from: Self.balancer)
            connection.send(Array(header.prefix(20)))
            // Accepted: one more is served meanwhile.
            #expect(try answer(daemon, to: Balancer.header(command: 0x20, family: 0, block: []), seconds: 5) != nil)
            kill(watch.pid, SIGHUP)
            #expect(watch.waitForTakeover(), "\(daemon.log.text)")
            connection.send(Array(header.dropFirst(20)))
            #expect(
                connection.readToEnd(seconds: 5).map { String(decoding: $0, as: UTF8.self) }?.hasPrefix("SSH-2.0-")
                    == true)
        }
    }
}
