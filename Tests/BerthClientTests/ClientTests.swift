import Logging
import Synchronization
import Testing

@testable import BerthClient

/// A suite of a client against a scripted server.
protocol ClientTests {}

/// What was not to happen.
struct Unexpected: Error { let description: String }

extension ClientTests {
    static var prompt: RetryPolicy { RetryPolicy(maximumAttempts: 3, baseDelay: .milliseconds(1)) }
    static var creation: CreateUserCommand {
        CreateUserCommand(homeDirectory: "/partners/acme", description: "Acme Corp")
    }

    func client(
        _ endpoint: String, retries: RetryPolicy = Self.prompt, attempt: Duration = .seconds(20),
        total: Duration = .seconds(60), logger: Logger? = nil
    ) throws -> SftpClient {
        try SftpClient(
            region: "us", apiKey: Secret("berth_testkey"), endpoint: endpoint,
            options: SftpClientOptions(retries: retries, attemptTimeout: attempt, totalTimeout: total, logger: logger))
    }

    func failure<C: BerthClient.Command>(of command: C, by client: SftpClient) async throws -> SftpClientError {
        do {
            _ = try await client.send(command)
        } catch {
            return error
        }
        throw Unexpected(description: "\(C.operation) succeeded")
    }

    /// Waits until that many requests came.
    func untilCount(_ count: Int, of server: ScriptedServer) async throws {
        for _ in 0..<2_000 where server.requests.count < count { try await Task.sleep(for: .milliseconds(5)) }
        #expect(server.requests.count == count)
    }
}

/// Log lines as they come.
final class CollectedLog: LogHandler {
    private let lines = Mutex<[String]>([])

    var text: String { lines.withLock { $0.joined(separator: "\n") } }

    var metadata: Logger.Metadata {
        get { [:] }
        set {}
    }
    var logLevel: Logger.Level {
        get { .trace }
        set {}
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { nil }
        set {}
    }

    func log(event: LogEvent) {
        lines.withLock { $0.append("\(event.level) \(event.message) \(event.metadata ?? [:])") }
    }
}
