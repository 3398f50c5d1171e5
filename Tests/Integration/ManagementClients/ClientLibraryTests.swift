import BerthClient
import Foundation
import ServiceTestSupport
import Testing

extension Integration {
    /// The library against the running service.
    @Suite struct ClientLibraryTests {
        private func client(_ daemon: Daemon, key: String? = nil) throws -> SftpClient {
            try SftpClient(
                region: "us", apiKey: Secret(key ?? daemon.apiKey),
                endpoint: "http://127.0.0.1:\(daemon.apiPort)/2022-04-01")
        }

        @Test func `the five operations do what the API does`() async throws {
            let daemon = try Daemon(settings: ["BERTHD_SFTP_ADVERTISED_HOST": "sftp.example.com"])
            let client = try client(daemon)
            defer { client.destroy() }
            let made = try await client.send(
                CreateUserCommand(
                    homeDirectory: "/partners/acme", description: "Acme Corp",
                    passwordOptions: PasswordOptions(length: 32)))
            #expect(made.metadata.httpStatusCode == 201 && made.metadata.attempts == 1)
            #expect(made.endpoint == "sftp.example.com" && made.port == Int(daemon.sftpPort))
            #expect(made.password.revealed().count == 32 && made.lastConnectedDate == nil)
            #expect(daemon.log.waitForLine(containing: made.metadata.requestID) != nil)

            let partner = TestUser(
                username: made.username, password: made.password.revealed(), homeDirectory: made.homeDirectory,
                bucketName: made.bucketName)
            #expect(try daemon.client(partner).sftp(["pwd"]).status == 0)
            let read = try await client.send(ReadUserCommand(username: made.username))
            let date = try #require(read.lastConnectedDate)
            let today = Timestamp.text(Date()).prefix(10)
            #expect(date.description == today, "\(date)")
            let updated = try await client.send(
                UpdateUserCommand(username: made.username, description: "Acme Inc", homeDirectory: "/partners/inc"))
            #expect(updated.description == "Acme Inc" && updated.homeDirectory == "/partners/inc")
            #expect(try await client.send(ListUsersCommand()).items == [updated.user])
            #expect(try await client.send(DeleteUserCommand(username: made.username)).metadata.httpStatusCode == 204)
            do {
                _ = try await client.send(ReadUserCommand(username: made.username))
                Issue.record("the user is still there")
            } catch .resourceNotFound(let failure) {
                #expect(failure.metadata.httpStatusCode == 404 && failure.operation == "ReadUser")
            } catch {
                throw error
            }
            #expect(!daemon.log.text.contains(made.password.revealed()) && !daemon.log.text.contains(daemon.apiKey))
        }

        @Test func `errors of the service come out as what they are`() async throws {
            let daemon = try Daemon(settings: ["BERTHD_API_MAX_USERS": "1"])
            let client = try client(daemon)
            do {
                _ = try await client.send(CreateUserCommand(homeDirectory: "nowhere", description: "a;b"))
                Issue.record("it was made")
            } catch .validation(let fields, let failure) {
                #expect(Set(fields.map(\.path)) == ["/homeDirectory", "/description"])
                #expect(failure.metadata.httpStatusCode == 400 && !failure.metadata.requestID.isEmpty)
            } catch {
                throw error
            }
            _ = try await client.send(CreateUserCommand(homeDirectory: "/a", description: "A"))
            do {
                _ = try await client.send(CreateUserCommand(homeDirectory: "/b", description: "B"))
                Issue.record("it was made")
            } catch {
                guard case .serviceQuotaExceeded = error else { throw error }
            }
            let stranger = try self.client(daemon, key: "berth_wrong")
            do {
                _ = try await stranger.send(ListUsersCommand())
                Issue.record("the key was taken")
            } catch {
                guard case .unauthorized = error else { throw error }
            }
            do {
                _ = try await client.send(ListUsersCommand(pageToken: "forged"))
                Issue.record("the token was taken")
            } catch .validation(let fields, _) {
                #expect(fields.map(\.path) == ["/pageToken"])
            } catch {
                throw error
            }
            for name in ["../users", "a/b", "ä", "%00", "a b"] {
                do {
                    _ = try await client.send(ReadUserCommand(username: name))
                    Issue.record("\(name) was read")
                } catch {
                    guard case .resourceNotFound = error else { throw error }
                }
            }
        }

        @Test func `a walk over all users goes on while others come and go`() async throws {
            let daemon = try Daemon()
            let client = try client(daemon)
            var names: [String] = []
            for number in 0..<17 {
                names.append(
                    try await client.send(CreateUserCommand(homeDirectory: "/n/\(number)", description: "n")).username)
            }
            var seen: [String] = []
            for try await user in client.users(pageSize: 7) {
                seen.append(user.username)
                if seen.count == 7 {
                    _ = try await client.send(DeleteUserCommand(username: names[3]))
                    _ = try await client.send(CreateUserCommand(homeDirectory: "/late", description: "n"))
                }
            }
            #expect(Array(seen.prefix(17)) == names && Set(seen).count == seen.count)
        }

        @Test func `many requests at once are all answered`() async throws {
            let daemon = try Daemon()
            let client = try client(daemon)
            let names = try await withThrowingTaskGroup(of: String.self) { group in
                for number in 0..<100 {
                    group.addTask {
                        try await client.send(CreateUserCommand(homeDirectory: "/n/\(number)", description: "n"))
                            .username
                    }
                }
                return try await group.reduce(into: Set<String>()) { $0.insert($1) }
            }
            #expect(names.count == 100)
            #expect(try daemon.api.allUsers().count == 100)
        }

        @Test func `a client outlives a restart of the service`() async throws {
            let before = try Daemon()
            let client = try client(before)
            _ = try await client.send(ListUsersCommand())
            #expect(before.stop() == 0)
            do {
                _ = try await client.send(ListUsersCommand())
                Issue.record("nobody runs")
            } catch .unreachable(let failure) {
                #expect(failure.attempts == 3 && !failure.mayHaveBeenCarriedOut)
            } catch {
                throw error
            }
            let after = try Daemon(after: before)
            #expect(try await client.send(ListUsersCommand()).metadata.attempts == 1)
            _ = after
        }
    }
}
