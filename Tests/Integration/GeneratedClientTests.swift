import Foundation
import Glibc
import ServiceTestSupport
import Testing

/// The client.
private enum Botocore {
    static let python = PythonPackages.python("botocore")
    static let script = Programs.script("botocore/generated.py")

    static func variables(_ daemon: Daemon) -> [String: String] {
        ["BERTH_API_KEY": daemon.apiKey, "PYTHONDONTWRITEBYTECODE": "1"]
    }
}

extension Integration {
    /// A client that is generated from a model of the protocol restJson1, and was written for other services.
    @Suite(.enabled(if: PythonPackages.areWanted("botocore"), "botocore is not installed: scripts/test installs it"))
    struct GeneratedClientTests {
        private func run(_ scenario: String, _ daemon: Daemon, _ own: [String: String] = [:]) throws -> Command.Result {
            try Command.run(
                Botocore.python, [Botocore.script, scenario, "\(daemon.api.base)/2022-04-01"],
                environment: Botocore.variables(daemon).merging(own) { $1 }, seconds: 60)
        }

        @Test func `a generated client makes, reads, updates, lists and deletes users, each with its request id`()
            throws
        {
            let daemon = try Daemon()
            let result = try run("users", daemon)
            #expect(result.status == 0, "\(result)\n\(daemon.log.text)")
            let ids = result.output.split(separator: "\n").map(String.init)
            #expect(Set(ids).count == 4, "\(result)")
            // What changed something is in the log under the id that the client has.
            for (id, event) in zip(ids, ["user created", "user updated", "user deleted"]) {
                #expect(
                    daemon.log.waitForLine { $0.contains("request=\(id)") && $0.contains(event) } != nil, "\(event)")
            }
        }

        @Test func `its paginator shows every user once, in the order of creation, whatever the size of a page`() throws
        {
            let daemon = try Daemon()
            let result = try run("pages", daemon)
            #expect(result.status == 0, "\(result)\n\(daemon.log.text)")
        }

        @Test func `each error is the exception of its name, with its fields`() throws {
            let daemon = try Daemon(settings: ["BERTHD_API_MAX_USERS": "2"])
            let key = try Daemon.makeKey(data: daemon.data, name: "reader", rights: "users:read")
            let result = try run("errors", daemon, ["BERTH_READER_KEY": key])
            #expect(result.status == 0, "\(result)\n\(daemon.log.text)")
        }

        @Test func `while the service starts its retries wait, and get through once it has`() throws {
            let data = try DataPlane()
            // Stopped in the middle of its start, it is not there yet.
            data.process.signal(SIGSTOP)
            let daemon = try Daemon(settings: data.settings, dataPlane: data, awaitsReadiness: false)
            let output = try LineLog()
            let client = try ChildProcess(
                Botocore.python, [Botocore.script, "starting", "\(daemon.api.base)/2022-04-01"],
                environment: Command.environment(Botocore.variables(daemon)), input: STDIN_FILENO,
                output: output.writeEnd, error: output.writeEnd)
            close(output.writeEnd)
            #expect(output.waitForLine(seconds: 30) { $0 == "unavailable" } != nil, "\(output.text)")
            let refusals = { daemon.log.lines.count { $0.contains("request failed") && $0.contains("starting") } }
            #expect(eventually(seconds: 30) { refusals() >= 2 }, "it does not try again\n\(daemon.log.text)")
            data.process.signal(SIGCONT)
            let status = client.wait(seconds: 120)
            #expect(status == 0, "\(output.text)\n\(daemon.log.text)")
            if status == nil { client.end() }
        }

        @Test func `an answer that it came too fast is one to try again after`() throws {
            let daemon = try Daemon()
            let result = try run("throttled", daemon)
            #expect(result.status == 0, "\(result)\n\(daemon.log.text)")
        }

        @Test func `when the service itself finds it too fast it says so, and retries get through`() throws {
            let daemon = try Daemon(settings: ["BERTHD_API_REQUESTS_PER_SECOND_PER_ADDRESS": "2"])
            let result = try run("too_fast", daemon)
            #expect(result.status == 0, "\(result)\n\(daemon.log.text)")
            #expect(
                daemon.log.text.contains("setting=api.requests_per_second_per_address"), "\(result)\n\(daemon.log.text)"
            )
        }
    }
}
