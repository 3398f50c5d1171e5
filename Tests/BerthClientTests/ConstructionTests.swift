import Foundation
import Testing

@testable import BerthClient

@Suite struct ConstructionTests {
    private static let endpoint = "http://127.0.0.1:1/2022-04-01"

    private func client(
        region: String? = "us", apiKey: Secret? = Secret("berth_k"), endpoint: String? = Self.endpoint,
        options: SftpClientOptions = SftpClientOptions(), environment: [String: String] = [:]
    ) throws(SftpClientError) -> SftpClient {
        try SftpClient(
            region: region, apiKey: apiKey, endpoint: endpoint, options: options, environment: environment)
    }

    @Test(arguments: [nil, ""])
    func `a client without a region is not made`(region: String?) {
        #expect(throws: SftpClientError.missingRegion) { try client(region: region) }
    }

    @Test func `any region will do, and selects nothing`() throws {
        let client = try client(region: "somewhere else")
        #expect(client.region == "somewhere else" && client.endpoint == Self.endpoint)
    }

    @Test func `the endpoint is the argument, then BERTH_API`() throws {
        #expect(throws: SftpClientError.missingEndpoint) { try client(endpoint: nil) }
        #expect(throws: SftpClientError.missingEndpoint) { try client(endpoint: "", environment: ["BERTH_API": ""]) }
        let environment = ["BERTH_API": "https://berth.example.com/2022-04-01"]
        #expect(try client(endpoint: nil, environment: environment).endpoint == environment["BERTH_API"])
        #expect(try client(environment: environment).endpoint == Self.endpoint)
        #expect(throws: SftpClientError.self) { try client(endpoint: "http://127.0.0.1:1") }
    }

    @Test func `without a key a client is made, and sends nothing`() async throws {
        try await ScriptedServer.with([.answer(200, body: Answers.user)]) { server, base in
            for key in [nil, Secret("")] {
                let client = try client(apiKey: key, endpoint: base)
                await #expect(throws: SftpClientError.missingAPIKey) {
                    try await client.send(ReadUserCommand(username: "U"))
                }
            }
            #expect(server.requests.isEmpty)
        }
    }

    @Test(arguments: ["berth_k\n", " berth_k", "a\r\nX-Y: z", "schlüssel", "\u{0}"])
    func `a key that no header can carry is refused, and not shown`(key: String) {
        #expect(throws: SftpClientError.invalidAPIKey) { try client(apiKey: Secret(key)) }
        #expect(!"\(SftpClientError.invalidAPIKey)".contains("berth_k"))
    }

    @Test func `a file of trusted certificates that is none is refused`() throws {
        let empty = FileManager.default.temporaryDirectory.appendingPathComponent("berth-\(UUID().uuidString)").path
        try Data("no certificate".utf8).write(to: URL(fileURLWithPath: empty))
        defer { try? FileManager.default.removeItem(atPath: empty) }
        for file in [empty, "/nonexistent/roots.pem"] {
            #expect(throws: SftpClientError.self) {
                try client(options: SftpClientOptions(tls: .init(trustRootsFile: file)))
            }
        }
    }
}
