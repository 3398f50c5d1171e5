import Foundation
import Glibc
import ServiceTestSupport
import Testing

extension Integration {
    /// How many requests and connections the API takes, and how long they may last.
    @Suite struct APILimitTests {
        /// So many requests with a key over one connection.
        private func ask(
            _ daemon: Daemon, key: String, count: Int, path: String = "/2022-04-01/users",
            from source: String = "127.0.0.1"
        ) throws -> [RawAnswer] {
            let connection = try TCPConnection(port: daemon.apiPort, from: source)
            for number in 1...count {
                let ending = number == count ? "Connection: close\r\n" : ""
                connection.send("GET \(path) HTTP/1.1\r\nHost: a\r\nAuthorization: Key \(key)\r\n\(ending)\r\n")
            }
            return RawAnswer.all(in: connection.readToEnd(seconds: 20) ?? [])
        }

        @Test func `a key has its rate of requests, and others have theirs`() throws {
            let daemon = try Daemon(settings: ["BERTHD_API_REQUESTS_PER_SECOND_PER_KEY": "5"])
            let other = try Daemon.makeKey(data: daemon.data, name: "other")
            let began = ContinuousClock.now
            let answers = try ask(daemon, key: daemon.apiKey, count: 60)
            let seconds = (ContinuousClock.now - began) / .seconds(1)
            #expect(answers.count == 60)
            let taken = answers.count { $0.status == 200 }
            #expect(taken >= 10 && Double(taken) <= 10 + 5 * seconds + 1, "\(taken) in \(seconds) s")
            let refused = answers.filter { $0.status != 200 }
            #expect(refused.allSatisfy { $0.description == "429 ThrottlingException" }, "\(refused)")
            #expect(refused.allSatisfy { $0.headers["retry-after"] == "1" && $0.headers["x-request-id"] != nil })
            #expect(try ask(daemon, key: other, count: 5).allSatisfy { $0.status == 200 })
            #expect(eventually(seconds: 5) { (try? daemon.api.send("GET", "/users").status) == 200 })
            let lines = daemon.log.lines.filter { $0.contains("requests refused") }
            #expect(lines.count == 1 && lines[0].contains("setting=api.requests_per_second_per_key"), "\(lines)")
            #expect(lines[0].contains("key=tests") && !daemon.log.text.contains(daemon.apiKey))
        }

        @Test func `an address has its rate of requests whatever their key, and nobody else pays for it`() throws {
            let daemon = try Daemon(settings: ["BERTHD_API_REQUESTS_PER_SECOND_PER_ADDRESS": "5"])
            for key in ["wrong", daemon.apiKey] {
                // Those with an unknown key count as well: some of the second go are refused at once.
                let answers = try ask(daemon, key: key, count: 40, from: "127.0.0.7")
                #expect(answers.count < 40 && answers.last?.status == 429, "\(answers)")
                #expect(answers.last?.headers["connection"] == "close", "\(answers)")
                #expect(answers.dropLast().allSatisfy { [200, 401].contains($0.status) }, "\(answers)")
            }
            #expect(try ask(daemon, key: daemon.apiKey, count: 8, from: "127.0.0.8").allSatisfy { $0.status == 200 })
            // Paths that don't exist count, and whether the process runs is counted for itself.
            let unknown = try ask(daemon, key: "x", count: 40, path: "/x", from: "127.0.0.9")
            #expect(unknown.last?.status == 429 && unknown.contains { $0.status == 404 })
            let health = try ask(daemon, key: "x", count: 40, path: "/healthz", from: "127.0.0.9").map(\.status)
            #expect(health.count < 40 && health.prefix(8).allSatisfy { $0 == 200 } && health.last == 429, "\(health)")
            let lines = daemon.log.lines.filter { $0.contains("requests refused") }
            #expect(lines.count == 1 && lines[0].contains("address=127.0.0.7"), "\(lines)")
        }

        @Test func `an address that connects again and again is not served for a while`() throws {
            let daemon = try Daemon(settings: ["BERTHD_API_REQUESTS_PER_SECOND_PER_ADDRESS": "5"])
            for _ in 0..<60 { _ = try TCPConnection(port: daemon.apiPort, from: "127.0.0.7") }
            let isRefused = eventually(seconds: 5) {
                (try? TCPConnection(port: daemon.apiPort, from: "127.0.0.7"))?.readToEnd(seconds: 0.2) == []
            }
            #expect(isRefused, "\(daemon.log.text)")
            #expect(try ask(daemon, key: daemon.apiKey, count: 1, from: "127.0.0.8").map(\.status) == [200])
            #expect(
                eventually(seconds: 10) {
                    (try? ask(daemon, key: daemon.apiKey, count: 1, from: "127.0.0.7").map(\.status)) == [200]
                })
        }

        @Test func `an address has its share of connections, and one more is told so`() throws {
            let daemon = try Daemon(settings: ["BERTHD_API_MAX_CONNECTIONS_PER_ADDRESS": "3"])
            var held = try (0..<3).map { _ in try TCPConnection(port: daemon.apiPort, from: "127.0.0.7") }
            // Each is counted when it is served, whichever was made first.
            for connection in held {
                connection.send("GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n")
                #expect(connection.receive(seconds: 5) != nil)
            }
            let refused = try ask(daemon, key: daemon.apiKey, count: 1, from: "127.0.0.7")
            #expect(refused.map(\.description) == ["503 ServiceUnavailableException"], "\(refused)")
            #expect(refused.first?.headers["connection"] == "close" && refused.first?.headers["x-request-id"] != nil)
            let head = try TCPConnection(port: daemon.apiPort, from: "127.0.0.7")
            head.send("HEAD /healthz HTTP/1.1\r\nHost: a\r\nx-request-id: its-own\r\n\r\n")
            let answer = String(decoding: head.readToEnd(seconds: 5) ?? [], as: UTF8.self)
            #expect(answer.contains("x-request-id: its-own\r\n") && answer.hasSuffix("\r\n\r\n"), "\(answer)")
            #expect(try ask(daemon, key: daemon.apiKey, count: 1, from: "127.0.0.8").map(\.status) == [200])
            // One that says nothing is closed all the same.
            #expect(try TCPConnection(port: daemon.apiPort, from: "127.0.0.7").readToEnd(seconds: 5) == [])
            held.removeLast()
            let isServed = eventually(seconds: 5) {
                (try? ask(daemon, key: daemon.apiKey, count: 1, from: "127.0.0.7").map(\.status)) == [200]
            }
            #expect(isServed)
            #expect(daemon.log.text.contains("setting=api.max_connections_per_address"), "\(daemon.log.text)")
        }

        @Test func `connections without a request make room when all places are taken`() throws {
            let daemon = try Daemon(settings: ["BERTHD_API_MAX_CONNECTIONS": "8"])
            let held = try (0..<8).map { try TCPConnection(port: daemon.apiPort, from: "127.0.0.\($0 + 10)") }
            for round in 0..<3 {
                #expect(try ask(daemon, key: daemon.apiKey, count: 2).map(\.status) == [200, 200], "\(round)")
            }
            #expect(held.count { $0.readToEnd(seconds: 0.3) == [] } >= 1)
            #expect(daemon.log.text.contains("connections closed to make room"), "\(daemon.log.text)")
        }

        private func request(_ path: String, key: String) -> String {
            "GET \(path) HTTP/1.1\r\nHost: a\r\nAuthorization: Key \(key)\r\n\r\n"
        }

        /// So many connections that are served without a key. Each comes later, and the first has waited longest.
        private func strangers(_ count: Int, of daemon: Daemon) throws -> [TCPConnection] {
            try (0..<count).map { number in
                let stranger = try TCPConnection(port: daemon.apiPort, from: "127.0.1.\(number + 1)")
                stranger.send("GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n")
                #expect(stranger.receive(seconds: 5) != nil, "\(number)")
                return stranger
            }
        }

        /// Whatever the key may do.
        @Test(arguments: [("admin", 200), ("metrics:read", 403)])
        func `a connection that has shown a key stays when others have to make room`(rights: String, status: Int) throws
        {
            let daemon = try Daemon(settings: ["BERTHD_API_MAX_CONNECTIONS": "3"])
            let key = try Daemon.makeKey(data: daemon.data, name: "held", rights: rights)
            let request = request("/2022-04-01/users", key: key)
            let held = try TCPConnection(port: daemon.apiPort, from: "127.0.0.7")
            held.send(request)
            #expect(held.receive(seconds: 5) != nil)
            let strangers = try strangers(6, of: daemon)
            #expect(strangers.contains { $0.readToEnd(seconds: 0.3) != nil })
            held.send(request.replacing("Host: a", with: "Host: a\r\nConnection: close"))
            let answer = String(decoding: held.readToEnd(seconds: 5) ?? [], as: UTF8.self)
            #expect(answer.contains("HTTP/1.1 \(status)"), "\(answer)")
        }

        @Test(arguments: ["/2022-04-01/users", "/healthz", "/nothing"])
        func `a connection whose last request had no valid key makes room, whatever it showed before`(path: String)
            throws
        {
            let daemon = try Daemon(settings: ["BERTHD_API_MAX_CONNECTIONS": "3"])
            let held = try TCPConnection(port: daemon.apiPort, from: "127.0.0.7")
            for request in [request("/2022-04-01/users", key: daemon.apiKey), request(path, key: "gone")] {
                held.send(request)
                #expect(held.receive(seconds: 5) != nil)
            }
            let strangers = try strangers(6, of: daemon)
            #expect(held.readToEnd(seconds: 5) != nil && strangers.count == 6)
        }

        @Test func `who sends a head or a body too slowly, or does not read, is cut off; for a body it is said`()
            throws
        {
            let daemon = try Daemon(settings: ["BERTHD_API_REQUEST_SECONDS": "1", "BERTHD_API_IDLE_SECONDS": "2"])
            // A list of them is so long that a few hundred answers fill what the kernel keeps for a connection.
            for number in 0..<25 {
                _ = try daemon.api.createUser(home: "/a/\(number)", description: String(repeating: "a", count: 250))
            }
            let authorization = "Host: a\r\nAuthorization: Key \(daemon.apiKey)\r\n"
            for start in [
                "", "GET /hea", "GET /healthz HTTP/1.1\r\nHost: a\r\nX: ",
                "POST /2022-04-01/users HTTP/1.1\r\n\(authorization)Content-Length: 99\r\n\r\n{",
                "POST /2022-04-01/users HTTP/1.1\r\n\(authorization)Transfer-Encoding: chunked\r\n\r\n63\r\n{",
                "POST /2022-04-01/users HTTP/1.1\r\n\(authorization)Transfer-Encoding: chunked\r\n\r\n5;x",
            ] {
                let connection = try TCPConnection(port: daemon.apiPort)
                connection.send(start)
                // A byte now and then helps nobody.
                var answer: String?
                let isClosed = eventually(seconds: 8) {
                    connection.send(" ")
                    answer = connection.readToEnd(seconds: 0.2).map { String(decoding: $0, as: UTF8.self) }
                    return answer != nil
                }
                #expect(isClosed, "\(start)")
                // A space where a chunk's size should end makes it a wrong request.
                let status = start.hasSuffix(";x") ? "400" : start.contains("\r\n\r\n") ? "408" : ""
                #expect(answer?.dropFirst(9).hasPrefix(status) == true, "\(start): \(answer ?? "")")
            }
            let idle = try TCPConnection(port: daemon.apiPort)
            idle.send("GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(idle.readToEnd(seconds: 8) != nil)
            // Megabytes of answers that nobody takes.
            let reader = try TCPConnection(port: daemon.apiPort)
            reader.fill(String(repeating: "GET /2022-04-01/users HTTP/1.1\r\n\(authorization)\r\n", count: 1_000))
            #expect(reader.waitForHangUp(seconds: 10), "still connected")
            #expect(try daemon.api.send("GET", "/users").status == 200)
        }
    }
}
