import Foundation
import ServiceTestSupport
import Testing

extension Integration {
    /// Requests as bytes: what RFC 9110 and RFC 9112 say of framing, targets, versions and fields, and what smugglers try.
    @Suite struct RequestFormTests {
        private static let noHTTP = ["400 ValidationException"]
        /// The body was read, and is an empty object.
        private static let read = ["400 ValidationException /description /homeDirectory"]
        private static let found = ["200"]
        private static let unknownOperation = ["404 UnknownOperationException"]
        private static let noSuchUser = ["404 ResourceNotFoundException"]

        /// A request for a user to be made, its framing and body as given.
        private static func post(_ fields: String, _ body: String, version: String = "1.1") -> String {
            "POST /2022-04-01/users HTTP/\(version)\r\nHost: a\r\nAuthorization: Key {KEY}\r\n"
                + "Content-Type: application/json\r\n\(fields)\r\n\r\n\(body)"
        }

        private static func chunked(_ body: String) -> String { post("Transfer-Encoding: chunked", body) }

        private static func get(_ target: String, _ fields: String = "Host: a\r\n", version: String = "HTTP/1.1")
            -> String
        {
            "GET \(target) \(version)\r\n\(fields)Authorization: Key {KEY}\r\nConnection: close\r\n\r\n"
        }

        /// A whole request that would make a user.
        private static let hidden = post("Content-Length: 42", #"{"homeDirectory":"/s","description":"sss"}"#)

        static let framing: [(String, [String])] = [
            (post("Content-Length: 2\r\nConnection: close", "{}"), read),
            (post("Content-Length:2\r\nConnection: close", "{}"), read),
            (post("Content-Length: 2\r\nTransfer-Encoding: chunked", "0\r\n\r\n"), noHTTP),
            (post("Transfer-Encoding: chunked\r\nContent-Length: 2", "0\r\n\r\n"), noHTTP),
            (post("Content-Length: 0\r\nTransfer-Encoding: chunked", "0\r\n\r\n" + hidden), noHTTP),
            (post("Content-Length: 5\r\nTransfer-Encoding: chunked", "0\r\n\r\n" + hidden), noHTTP),
            (post("Content-Length: 2\r\nContent-Length: 2", "{}"), noHTTP),
            (post("Content-Length: 2\r\nContent-Length: 3", "{}"), noHTTP),
            (post("Content-Length: 0\r\nContent-Length: \(hidden.utf8.count)", hidden), noHTTP),
            (post("Content-Length: 2, 2", "{}"), noHTTP), (post("Content-Length: 2 2", "{}"), noHTTP),
            (post("Content-Length: +2", "{}"), noHTTP), (post("Content-Length: -2", "{}"), noHTTP),
            (post("Content-Length: 0x2", "{}"), noHTTP), (post("Content-Length: 2.0", "{}"), noHTTP),
            (post("Content-Length:", "{}"), noHTTP),
            (post("Content-Length: 99999999999999999999", "{}"), noHTTP),
            (post("Content-Length : 2", "{}"), noHTTP), (post("Content-Length\t: 2", "{}"), noHTTP),
            // What is behind a body is the next request, and an error where it is none.
            (post("Content-Length: 2", "{}x"), read + noHTTP),
            (post("Content-Length: 2", "{}" + get("/healthz")), read + found),
            // What is behind the last request of a connection is nothing.
            (get("/healthz") + hidden, found),
        ]

        static let chunks: [(String, [String])] = [
            (chunked("2\r\n{}\r\n0\r\n\r\n" + get("/healthz")), read + found),
            (chunked("1\r\n{\r\n1\r\n}\r\n0\r\n\r\n" + get("/healthz")), read + found),
            (chunked("0002\r\n{}\r\n000\r\n\r\n" + get("/healthz")), read + found),
            (chunked("2;a\r\n{}\r\n0;b=c\r\n\r\n" + get("/healthz")), read + found),
            (chunked("2;a=\"b c\"\r\n{}\r\n0\r\n\r\n" + get("/healthz")), read + found),
            (chunked("2\r\n{}\r\n0\r\nX: y\r\n\r\n" + get("/healthz")), read + found),
            // Fields behind the body change nothing about it.
            (chunked("2\r\n{}\r\n0\r\nAuthorization: Key x\r\nHost: b\r\n\r\n" + get("/healthz")), read + found),
            (chunked("x\r\n{}\r\n0\r\n\r\n"), noHTTP), (chunked("-2\r\n{}\r\n0\r\n\r\n"), noHTTP),
            (chunked("0x2\r\n{}\r\n0\r\n\r\n"), noHTTP), (chunked("\r\n{}\r\n0\r\n\r\n"), noHTTP),
            (chunked("2 \r\n{}\r\n0\r\n\r\n"), noHTTP), (chunked(" 2\r\n{}\r\n0\r\n\r\n"), noHTTP),
            (chunked("2\n{}\n0\n\n"), noHTTP), (chunked("2\r{}\r\n0\r\n\r\n"), noHTTP),
            (chunked("1\r\n{}\r\n0\r\n\r\n"), noHTTP), (chunked("3\r\n{}\r\n0\r\n\r\n"), noHTTP),
            (chunked("10000000000000000\r\n{}\r\n"), noHTTP),
            (chunked("2;a\n{}\r\n0\r\n\r\n"), noHTTP), (chunked("2;\u{0}\r\n{}\r\n0\r\n\r\n"), noHTTP),
            (chunked("2\r\n{}\r\n0\r\nX y\r\n\r\n"), noHTTP),
            (chunked("2\r\n{}\r\n0\r\nX: \(String(repeating: "y", count: 20_000))\r\n\r\n"), noHTTP),
        ]

        static let codings: [(String, [String])] = [
            (post("Transfer-Encoding: Chunked\r\nConnection: close", "2\r\n{}\r\n0\r\n\r\n"), read),
            (post("Transfer-Encoding: gzip, chunked", "2\r\n{}\r\n0\r\n\r\n"), noHTTP),
            (post("Transfer-Encoding: chunked, gzip", "2\r\n{}\r\n0\r\n\r\n"), noHTTP),
            (post("Transfer-Encoding: chunked, chunked", "2\r\n{}\r\n0\r\n\r\n"), noHTTP),
            (post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked", "2\r\n{}\r\n0\r\n\r\n"), noHTTP),
            (post("Transfer-Encoding: identity\r\nTransfer-Encoding: chunked", "2\r\n{}\r\n0\r\n\r\n"), noHTTP),
            (post("Transfer-Encoding: identity", "{}"), noHTTP), (post("Transfer-Encoding: xchunked", "{}"), noHTTP),
            (post("Transfer-Encoding: \u{b}chunked", "0\r\n\r\n"), noHTTP), (post("Transfer-Encoding:", "{}"), noHTTP),
            (post("Transfer-Encoding: chunked", "2\r\n{}\r\n0\r\n\r\n", version: "1.0"), noHTTP),
        ]

        static let targets: [(String, [String])] = [
            (get("http://other.example:1/2022-04-01/users?pageSize=1"), found),
            (get("HTTPS://a/2022-04-01/users"), found), (get("http://[::1]/healthz"), found),
            (get("http://a/2022-04-01/users/AAAAAAAA"), noSuchUser), (get("http://a"), unknownOperation),
            (get("http://a?x"), unknownOperation), (get("http:///healthz"), noHTTP),
            (get("http://b@a/healthz"), noHTTP),
            (get("ftp://a/healthz"), noHTTP), (get("http:/healthz"), noHTTP), (get("healthz"), noHTTP),
            (get("*"), noHTTP),
            (get("/healthz#x"), noHTTP), (get("http://a/healthz#x"), noHTTP), (get("/health z"), noHTTP),
            (get("/h\u{e9}"), noHTTP), (get("/h\u{1}"), noHTTP), (get("/\u{0}"), noHTTP),
            (get("/\\..\\healthz"), unknownOperation),
            (get("/healthz?\(String(repeating: "x", count: 17_000))"), noHTTP),
            (get("/2022-04-01%2Fusers"), unknownOperation), (get("/2022-04-01%2fusers%2fAAAAAAAA"), unknownOperation),
            (get("/2022-04-01/users/A%2FB"), noSuchUser), (get("/2022-04-01/users/%2F"), noSuchUser),
            (get("/2022-04-01/users/..%2F..%2Fhealthz"), noSuchUser), (get("/2022-04-01/users/%2e%2e"), noSuchUser),
            (get("/2022-04-01/users/%252e"), noSuchUser), (get("/2022-04-01/users/%00"), noSuchUser),
            (get("/2022-04-01/users/%ff"), noSuchUser), (get("/2022-04-01/users/%zz"), noSuchUser),
            (get("//2022-04-01/users"), unknownOperation), (get("/2022-04-01//users"), unknownOperation),
            (get("/2022-04-01/users/"), unknownOperation), (get("/2022-04-01/users//"), unknownOperation),
            (get("/./2022-04-01/users"), unknownOperation), (get("/x/../2022-04-01/users"), unknownOperation),
            (get("/2022-04-01/users/.."), noSuchUser), (get("/2022-04-01/%75sers"), found),
            ("OPTIONS * HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", unknownOperation),
            ("CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n", unknownOperation),
            (
                "TRACE /2022-04-01/users HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
                ["405 MethodNotAllowedException"]
            ),
            ("BREW /healthz HTTP/1.1\r\nHost: a\r\n\r\n", noHTTP), ("get /healthz HTTP/1.1\r\nHost: a\r\n\r\n", noHTTP),
        ]

        static let heads: [(String, [String])] = [
            (get("/healthz", ""), noHTTP), (get("/healthz", "Host: a\r\nHost: a\r\n"), noHTTP),
            (get("/healthz", "Host: a\r\nHOST: b\r\n"), noHTTP), (get("/healthz", "Host: a/b\r\n"), noHTTP),
            (get("/healthz", "Host: a b\r\n"), noHTTP), (get("/healthz", "Host:\r\n"), found),
            (get("/healthz", "Host: [::1]:8022\r\n"), found),
            ("GET /healthz HTTP/1.0\r\n\r\n", found),
            ("GET /healthz HTTP/1.0\r\nHost: a\r\nConnection: keep-alive\r\n\r\n", found),
            ("GET /healthz\r\n\r\n", noHTTP), (get("/healthz", version: "HTTP/0.9"), noHTTP),
            (get("/healthz", version: "HTTP/1.2"), noHTTP), (get("/healthz", version: "HTTP/2.0"), noHTTP),
            (get("/healthz", version: "HTTP/1.10"), noHTTP), (get("/healthz", version: "http/1.1"), noHTTP),
            (get("/healthz", version: "HTTP/11"), noHTTP), ("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", noHTTP),
            // One empty line in front is left over from a client that sent too much.
            ("\r\n" + get("/healthz"), found),
            // A line that goes on in the next one.
            (get("/healthz", "Host: a\r\nX: b\r\n c\r\n"), noHTTP), (get("/healthz", " Host: a\r\n"), noHTTP),
            (get("/healthz", "Host: a\r\nTransfer-Encoding:\r\n chunked\r\n"), noHTTP),
            // Line ends without their half.
            ("GET /healthz HTTP/1.1\nHost: a\n\n", noHTTP), (get("/healthz", "Host: a\nX: b\r\n"), noHTTP),
            (get("/healthz", "Host: a\rX: b\r\n"), noHTTP), (get("/healthz", "Host: a\r\rX: b\r\n"), noHTTP),
            (get("/healthz", "Host: a\r\nX: b\u{0}c\r\n"), noHTTP),
            (get("/healthz", "Host: a\r\nX: b\u{1}c\r\n"), noHTTP),
            (get("/healthz", "Host: a\r\nX : b\r\n"), noHTTP), (get("/healthz", "Host: a\r\n: b\r\n"), noHTTP),
            (get("/healthz", "Host: a\r\nX\r\n"), noHTTP), (get("/healthz", "Host: a\r\nX(y): b\r\n"), noHTTP),
            (get("/healthz", "Host: a\r\nX: \(String(repeating: "y", count: 16_384))\r\n"), found),
            (get("/healthz", "Host: a\r\nX: \(String(repeating: "y", count: 16_385))\r\n"), noHTTP),
            (get("/healthz", "Host: a\r\n" + String(repeating: "X: y\r\n", count: 97)), found),
            (get("/healthz", "Host: a\r\n" + String(repeating: "X: y\r\n", count: 98)), noHTTP),
            (
                get(
                    "/healthz",
                    "Host: a\r\n" + String(repeating: "X: \(String(repeating: "y", count: 5_000))\r\n", count: 7)),
                noHTTP
            ),
            // Nothing is upgraded, and nothing behind such a request is read.
            (
                "GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n\r\n"
                    + hidden, found
            ),
            ("GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n", found),
            (get("/healthz", "Host: a\r\nConnection: CLOSE\r\n"), found),
        ]

        @Test(arguments: ["framing", "chunks", "codings", "targets", "heads"])
        func `each form has its answer, then the connection ends, and no user is made`(kind: String) throws {
            let kinds = [
                "framing": Self.framing, "chunks": Self.chunks, "codings": Self.codings, "targets": Self.targets,
                "heads": Self.heads,
            ]
            let cases = try #require(kinds[kind])
            let daemon = try Daemon()
            for (request, expected) in cases {
                let bytes = Array(request.replacingOccurrences(of: "{KEY}", with: daemon.apiKey).utf8)
                let connection = try TCPConnection(port: daemon.apiPort)
                connection.send(bytes)
                let answer = connection.readToEnd(seconds: 5)
                let shown = request.prefix(300).debugDescription
                #expect(answer != nil, "the connection stays open: \(shown)")
                let answers = RawAnswer.all(in: answer ?? [])
                #expect(answers.map(\.description) == expected, "\(shown)")
                #expect(answers.allSatisfy { $0.headers["x-request-id"] != nil && $0.status < 500 }, "\(shown)")
                #expect(answers.last.map { $0.headers["connection"] == "close" } ?? true, "\(shown)")
            }
            #expect(try daemon.api.allUsers().isEmpty)
            let homes = (try? FileManager.default.subpathsOfDirectory(atPath: "\(daemon.data)/buckets")) ?? []
            #expect(homes.isEmpty, "\(homes)")
            #expect(!daemon.log.text.contains("error"), "\(daemon.log.text)")
        }

        @Test func `a head that is too large is told so`() throws {
            let daemon = try Daemon()
            let connection = try TCPConnection(port: daemon.apiPort)
            connection.send("GET / HTTP/1.1\r\nHost: a\r\nX: \(String(repeating: "y", count: 100_000))\r\n\r\n")
            let answer = RawAnswer.all(in: connection.readToEnd(seconds: 5) ?? []).first
            #expect(answer?.body.contains("16 KiB") == true, "\(String(describing: answer))")
        }
    }
}
