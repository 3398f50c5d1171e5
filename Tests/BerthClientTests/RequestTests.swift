import FoundationEssentials
import Testing

@testable import BerthClient

@Suite struct RequestTests {
    private static let endpoint = "https://berth.example.com:8443/some/proxy/2022-04-01/"

    private func wire(_ command: some Command) throws -> (String, String?) {
        let request = try command.request()
        let url = try Endpoint(Self.endpoint).url(of: request)
        return (
            "\(request.method.rawValue) \(url.replacing("https://berth.example.com:8443/some/proxy", with: ""))",
            request.body.map { String(decoding: $0, as: UTF8.self) }
        )
    }

    @Test func `each command is the request of the contract`() throws {
        let noon = try #require(Timestamp.date("2027-01-31T12:00:00Z"))
        let cases: [(any Command, String, String?)] = [
            (
                CreateUserCommand(homeDirectory: "/a", description: "A"), "POST /2022-04-01/users",
                #"{"description":"A","homeDirectory":"/a"}"#
            ),
            (
                CreateUserCommand(
                    homeDirectory: "/a", description: "A", passwordOptions: PasswordOptions(length: 24)),
                "POST /2022-04-01/users",
                #"{"description":"A","homeDirectory":"/a","passwordOptions":{"length":24}}"#
            ),
            (ReadUserCommand(username: "VVJ9PRKM"), "GET /2022-04-01/users/VVJ9PRKM", nil),
            (
                UpdateUserCommand(username: "VVJ9PRKM", description: "B"), "PUT /2022-04-01/users/VVJ9PRKM",
                #"{"description":"B"}"#
            ),
            (
                UpdateUserCommand(username: "VVJ9PRKM", homeDirectory: "/b", ifMatch: "\"7\""),
                "PUT /2022-04-01/users/VVJ9PRKM", #"{"homeDirectory":"/b"}"#
            ),
            (ListUsersCommand(), "GET /2022-04-01/users", nil),
            (
                ListUsersCommand(pageSize: 7, pageToken: "a+b/c="),
                "GET /2022-04-01/users?pageSize=7&pageToken=a%2Bb%2Fc%3D", nil
            ),
            (DeleteUserCommand(username: "VVJ9PRKM"), "DELETE /2022-04-01/users/VVJ9PRKM", nil),
            (ResetPasswordCommand(username: "U"), "POST /berth/v1/users/U/password", "{}"),
            (
                ResetPasswordCommand(
                    username: "U", passwordOptions: PasswordOptions(length: 32), overlapSeconds: 60, endSessions: true),
                "POST /berth/v1/users/U/password",
                #"{"endSessions":true,"overlapSeconds":60,"passwordOptions":{"length":32}}"#
            ),
            (
                ListPasswordsCommand(username: "U", pageSize: 50), "GET /berth/v1/users/U/passwords?pageSize=50",
                nil
            ),
            (DeletePasswordCommand(username: "U", id: "2"), "DELETE /berth/v1/users/U/passwords/2", nil),
            (
                DeletePasswordCommand(username: "U", id: "2", endSessions: true),
                "DELETE /berth/v1/users/U/passwords/2?endSessions=true", nil
            ),
            (
                CreateApiKeyCommand(name: "ci", rights: [.readUsers, .readMetrics], expiresAt: noon),
                "POST /berth/v1/api-keys",
                #"{"expiresAt":"2027-01-31T12:00:00.000Z","name":"ci","rights":["users:read","metrics:read"]}"#
            ),
            (ListApiKeysCommand(pageToken: "t"), "GET /berth/v1/api-keys?pageToken=t", nil),
            (DeleteApiKeyCommand(id: "3"), "DELETE /berth/v1/api-keys/3", nil),
            (ListSessionsCommand(), "GET /berth/v1/sessions", nil),
            (ListSessionsCommand(username: "U"), "GET /berth/v1/sessions?username=U", nil),
            (EndSessionCommand(id: "852c902ee137138d"), "DELETE /berth/v1/sessions/852c902ee137138d", nil),
            (ListBlocksCommand(), "GET /berth/v1/blocks", nil),
            (DeleteBlockCommand(address: "2001:db8::/64"), "DELETE /berth/v1/blocks/2001%3Adb8%3A%3A%2F64", nil),
            (GetStatusCommand(), "GET /berth/v1/status", nil),
        ]
        for (command, target, body) in cases {
            let (foundTarget, foundBody) = try wire(command)
            #expect(
                foundTarget == target && foundBody == body, "\(type(of: command)): \(foundTarget) \(foundBody ?? "")")
        }
    }

    @Test func `only what creates anew may not be carried out twice`() throws {
        let once: [any Command] = [
            CreateUserCommand(homeDirectory: "/a", description: "A"), ResetPasswordCommand(username: "U"),
            CreateApiKeyCommand(name: "n", rights: []), UpdateUserCommand(username: "U", ifMatch: "\"1\""),
        ]
        for command in once { #expect(try !command.request().isIdempotent, "\(command)") }
        let any: [any Command] = [
            ReadUserCommand(username: "U"), UpdateUserCommand(username: "U", description: "d"), ListUsersCommand(),
            DeleteUserCommand(username: "U"), DeletePasswordCommand(username: "U", id: "1"), GetStatusCommand(),
        ]
        for command in any { #expect(try command.request().isIdempotent, "\(command)") }
    }

    @Test(arguments: [
        ("a/b", "a%2Fb"), ("..%2f..", "..%252f.."), ("a b", "a%20b"), ("a+b", "a%2Bb"),
        ("a?b#c&d=e", "a%3Fb%23c%26d%3De"),
        ("ä", "%C3%A4"), ("😀", "%F0%9F%98%80"), ("\u{0}\r\n", "%00%0D%0A"), ("A-z.0_~", "A-z.0_~"),
        ("'(\"", "%27%28%22"),
    ])
    func `a parameter stays one segment whatever is in it`(parameter: String, encoded: String) throws {
        #expect(try wire(ReadUserCommand(username: parameter)).0 == "GET /2022-04-01/users/\(encoded)")
        #expect(try wire(ListUsersCommand(pageToken: parameter)).0 == "GET /2022-04-01/users?pageToken=\(encoded)")
    }

    @Test(arguments: ["", ".", ".."])
    func `a parameter that would lead elsewhere is refused before anything is sent`(parameter: String) {
        #expect(throws: SftpClientError.self) { try DeleteUserCommand(username: parameter).request() }
        #expect(throws: SftpClientError.self) { try DeletePasswordCommand(username: "U", id: parameter).request() }
    }

    @Test(arguments: ["", "a\r\nX: y", "a b", "ä"])
    func `an ifMatch that is no ETag is refused before anything is sent`(tag: String) {
        #expect(throws: SftpClientError.self) { try UpdateUserCommand(username: "U", ifMatch: tag).request() }
        #expect(throws: SftpClientError.self) { try DeleteUserCommand(username: "U", ifMatch: tag).request() }
    }

    @Test(arguments: [
        ("http://127.0.0.1:8022/2022-04-01", "http://127.0.0.1:8022/2022-04-01", true),
        ("HTTPS://berth.example.com/2022-04-01/", "https://berth.example.com/2022-04-01", false),
        ("http://[::1]:8022/2022-04-01", "http://[::1]:8022/2022-04-01", true),
        ("http://localhost/a/2022-04-01", "http://localhost/a/2022-04-01", true),
    ])
    func `an endpoint is a base URL with the version`(text: String, normal: String, isLoopback: Bool) throws {
        let endpoint = try Endpoint(text)
        #expect(endpoint.description == normal)
        #expect(!endpoint.exposesKey)
        for host in [
            "10.0.0.1", "127.example.com", "127.0.0.1.example.com", "127.0.0.256", "127.1", "localhost.example",
        ] {
            #expect(try Endpoint("http://\(host)/2022-04-01").exposesKey, "\(host)")
        }
    }

    @Test(arguments: [
        "", "127.0.0.1:8022", "http://", "ftp://a/2022-04-01", "http://a", "http://a/2022-04-02",
        "http://a/x2022-04-01",
        "http://user:pw@a/2022-04-01", "http://a/2022-04-01?x=y", "http://a/2022-04-01#x", "http://a b/2022-04-01",
        "/2022-04-01", "http:///2022-04-01", "https://a%2f.b/2022-04-01", "https://a%40b/2022-04-01",

    ])
    func `what is no base URL with the version is refused`(text: String) {
        #expect(throws: SftpClientError.self) { try Endpoint(text) }
    }
}
