import Foundation
import Glibc
import ServiceTestSupport
import Testing

extension Integration {
    /// The first key of the API from a credential, as systemd gives one to the service.
    @Suite struct KeyCredentialTests {
        /// The directory that systemd would make, and what is in it.
        private struct Credential {
            let workspace: Workspace
            let key =
                "berth_"
                + (0..<43).map { _ in String("abcdefghijklmnopqrstuvwxyz0123456789-_".randomElement() ?? "x") }
                .joined()

            init() throws {
                workspace = try Workspace()
                try put(key + "\n")
            }

            var settings: [String: String] { ["CREDENTIALS_DIRECTORY": workspace.path] }

            func put(_ content: String) throws {
                try workspace.write("berth-api-key", Data(content.utf8), mode: 0o400)
            }
        }

        private func status(_ daemon: Daemon, _ key: String) throws -> Int {
            try API(base: daemon.api.base, key: key, version: "/berth/v1").send("GET", "/status").status
        }

        /// The keys of the credential, as the API lists them.
        private func listed(_ daemon: Daemon) throws -> [[String: Any]] {
            let list = try API(base: daemon.api.base, key: daemon.apiKey, version: "/berth/v1").send("GET", "/api-keys")
            return (list.json["items"] as? [[String: Any]] ?? []).filter { $0["name"] as? String == "berth-api-key" }
        }

        @Test func `the key in the credential is the service's from its start on, once`() throws {
            let credential = try Credential()
            let first = try Daemon(settings: credential.settings)
            #expect(try status(first, credential.key) == 200)
            let before = try listed(first)
            #expect(before.count == 1 && before.first?["rights"] as? [String] == ["admin"])
            #expect(first.stop() == 0)
            let second = try Daemon(after: first)
            #expect(try status(second, credential.key) == 200)
            #expect(try listed(second).map { $0["id"] as? String } == before.map { $0["id"] as? String })
            let made = AuditScene(second).raw.filter { $0.contains("api_key.created") && $0.contains("berth-api-key") }
            #expect(made.count == 1 && made.allSatisfy { $0.contains("service") })
            for text in [first.log.text, second.log.text] + AuditScene(second).raw {
                #expect(!text.contains(credential.key))
            }
        }

        @Test func `a start with another key in the credential ends the one before, and one without ends it too`()
            throws
        {
            let old = try Credential()
            let first = try Daemon(settings: old.settings)
            #expect(first.stop() == 0)
            let new = try Credential()
            let second = try Daemon(settings: new.settings, after: first)
            #expect(try status(second, old.key) == 401)
            #expect(try status(second, new.key) == 200)
            #expect(try listed(second).count == 1)
            #expect(second.stop() == 0)
            let third = try Daemon(settings: ["CREDENTIALS_DIRECTORY": ""], after: second)
            #expect(try status(third, new.key) == 401)
            #expect(try listed(third).isEmpty)
            #expect(try status(third, third.apiKey) == 200)
        }

        @Test func `the API does not revoke it, the command line does, and then it stays revoked`() throws {
            let credential = try Credential()
            let first = try Daemon(settings: credential.settings)
            let id = try #require(try listed(first).first?["id"] as? String)
            let api = API(base: first.api.base, key: first.apiKey, version: "/berth/v1")
            let refused = try api.send("DELETE", "/api-keys/\(id)")
            #expect(refused.status == 409 && refused.code == "ResourceConflictException")
            #expect(refused.body.contains("berth-api-key"))
            #expect(try status(first, credential.key) == 200)
            let revoked = try Command.run(Programs.berthd, ["api-key", "revoke", id, "--data", first.data])
            #expect(revoked.status == 0 && revoked.error.contains("berth-api-key"), "\(revoked)")
            #expect(try status(first, credential.key) == 401)
            #expect(first.stop() == 0)
            let second = try Daemon(after: first)
            #expect(try status(second, credential.key) == 401)
            #expect(second.log.text.contains("error the API key of the credential was revoked"))
        }

        @Test func `it can delete a key that leaked, and a start that is left with none that may make others says so`()
            throws
        {
            let none = "warning no valid API key has the right admin"
            let credential = try Credential()
            let first = try Daemon(settings: credential.settings)
            #expect(!first.log.text.contains(none))
            let own = API(base: first.api.base, key: credential.key, version: "/berth/v1")
            // The only one that the registry would have without the credential.
            #expect(try own.send("DELETE", "/api-keys/1").status == 204)
            #expect(try status(first, first.apiKey) == 401)
            #expect(first.stop() == 0)
            let second = try Daemon(settings: ["CREDENTIALS_DIRECTORY": ""], after: first)
            let said = second.log.waitForLine(containing: none)
            #expect(said?.contains("command=\"berthd api-key create --name NAME\"") == true, "\(second.log.text)")
            let made = try Daemon.makeKey(data: second.data)
            #expect(try status(second, made) == 200)
            #expect(second.stop() == 0)
            #expect(!(try Daemon(after: second)).log.text.contains(none))
        }

        @Test func `what is no key stops the start, and is not told`() throws {
            let credential = try Credential()
            let first = try Daemon(settings: credential.settings)
            #expect(first.stop() == 0)
            unlink(credential.workspace.file("berth-api-key"))
            try credential.put("berth_tooShortToBeAKey")
            let environment = credential.settings.merging([
                "BERTHD_DATA": first.data, "BERTHD_API_LISTEN": "127.0.0.1:\(first.apiPort)",
                "BERTHD_SFTP_LISTEN": "127.0.0.1:\(first.sftpPort)",
            ]) { $1 }
            let run = try Command.run(Programs.berthd, ["run"], environment: environment, seconds: 20)
            let said = run.output + run.error
            #expect(run.status == 1, "\(run)")
            #expect(said.contains("credential berth-api-key holds no API key") && !said.contains("tooShort"), "\(said)")
            // The one that was there before has not ended.
            unlink(credential.workspace.file("berth-api-key"))
            try credential.put(credential.key)
            let second = try Daemon(after: first)
            #expect(try status(second, credential.key) == 200)
            #expect(!second.log.text.contains("API key of the credential"))
        }
    }
}
