import Foundation
import ServiceTestSupport
import Testing

extension Integration {
    /// The programs of docs/client.md, run as they are.
    @Suite struct ExampleTests {
        private func run(_ daemon: Daemon, _ arguments: String...) throws -> Command.Result {
            try Command.run(
                Programs.clientExamples, arguments,
                environment: [
                    "BERTH_API": "http://127.0.0.1:\(daemon.apiPort)/2022-04-01", "BERTH_API_KEY": daemon.apiKey,
                ])
        }

        @Test func `a user is made, and its one-time password works`() throws {
            let daemon = try Daemon()
            let result = try run(daemon, "create-user")
            #expect(result.status == 0, "\(result)")
            func value(_ label: String) -> String? {
                result.output.split(separator: "\n").first { $0.hasPrefix(label) }
                    .map { String($0.dropFirst(label.count + 2)) }
            }
            let user = TestUser(
                username: try #require(value("username")), password: try #require(value("password")),
                homeDirectory: try #require(value("home directory")), bucketName: "")
            #expect(user.homeDirectory == "/partners/acme" && user.password.count == 24)
            #expect(try daemon.client(user).sftp(["pwd"]).status == 0)
        }

        @Test func `a user is deleted by name, and the files stay`() throws {
            let daemon = try Daemon()
            let user = try daemon.api.createUser(home: "/partners/acme")
            let result = try run(daemon, "delete-user", user.username)
            #expect(result.status == 0 && result.output.contains("\(user.bucketName)/partners/acme"), "\(result)")
            #expect(try daemon.api.readUser(user.username).status == 404)
            #expect(FileManager.default.fileExists(atPath: daemon.home(of: user)))
        }

        @Test(arguments: ["list-users", "list-all-users"])
        func `all users are walked, seven at a time`(program: String) throws {
            let daemon = try Daemon()
            var expected: [String] = []
            for number in 0..<16 {
                expected.append("\(try daemon.api.createUser(home: "/n/\(number)").username) /n/\(number)")
            }
            let result = try run(daemon, program)
            #expect(
                result.status == 0 && result.output.split(separator: "\n").map(String.init) == expected, "\(result)")
        }

        @Test func `the day of the last connection is read, and whether there is such a user`() throws {
            let daemon = try Daemon()
            let user = try daemon.api.createUser(home: "/a")
            #expect(try run(daemon, "read-user", user.username).output == "\(user.username) never connected.")
            #expect(try daemon.client(user).sftp(["pwd"]).status == 0)
            let read = try run(daemon, "read-user", user.username)
            #expect(read.output.contains(/last connected on \d{4}-\d\d-\d\d\./), "\(read)")
            let missing = try run(daemon, "read-user", "NOBODY00")
            #expect(missing.status == 0 && missing.output == "There is no user NOBODY00.", "\(missing)")
        }

        @Test func `a description is changed`() throws {
            let daemon = try Daemon()
            let user = try daemon.api.createUser(home: "/a")
            let result = try run(daemon, "update-user", user.username, "Acme Inc")
            #expect(result.output == "\(user.username): Acme Inc", "\(result)")
            #expect(try daemon.api.readUser(user.username).json["description"] as? String == "Acme Inc")
        }

        @Test func `a client is made, used and destroyed`() throws {
            let result = try run(Daemon(), "use-client")
            #expect(result.status == 0 && result.output.hasPrefix("status 200, attempts 1"), "\(result)")
            #expect(result.output.hasSuffix("A client that was destroyed sends nothing."))
        }

        @Test func `the documentation shows each program as it is, in fewer than forty lines`() throws {
            let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
                .deletingLastPathComponent().deletingLastPathComponent()
            let document = try String(contentsOf: root.appending(path: "docs/client.md"), encoding: .utf8)
            let examples = root.appending(path: "Examples")
            let files = try FileManager.default.contentsOfDirectory(atPath: examples.path)
                .filter { $0.hasSuffix(".swift") && $0 != "main.swift" }
            #expect(files.count == 6)
            for file in files {
                let text = try String(contentsOf: examples.appending(path: file), encoding: .utf8)
                #expect(text.split(separator: "\n", omittingEmptySubsequences: false).count < 40, "\(file)")
                #expect(document.contains("```swift\n\(text)```"), "docs/client.md does not show \(file) as it is")
            }
        }
    }
}
