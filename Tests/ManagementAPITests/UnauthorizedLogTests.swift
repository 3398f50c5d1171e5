import Audit
import HTTPTypes
import LogTestSupport
import Synchronization
import Testing

@testable import ManagementAPI

/// What is written of requests without a valid key.
@Suite struct UnauthorizedLogTests {
    /// The numbers that the audit log has in the place of requests.
    private func counts(_ trail: EventRecorder) -> [AuditEvent.Value] {
        trail.events.filter { $0.name == .apiUnauthorized }.flatMap(\.details).map(\.value)
    }

    @Test func fiveASecondAreWrittenAndOfTheOthersTheirNumberOnce() {
        let (trail, log) = (EventRecorder(), LogRecorder())
        let now = Mutex<Int64>(7)
        let unauthorized = UnauthorizedLog(audit: trail, logger: log.logger) { now.withLock(\.self) }
        #expect((0..<1_000).count { _ in unauthorized.admit() } == 10)
        now.withLock { $0 += 1_000_000_000 }
        #expect((0..<1_000).count { _ in unauthorized.admit() } == 5)
        #expect(trail.events.isEmpty && log.events.isEmpty)
        unauthorized.tell()
        unauthorized.tell()
        #expect(log.lines("warning") == ["warning requests without a valid key count=1985"])
        #expect(
            trail.events == [
                AuditEvent(.apiUnauthorized, .denied, by: .unknown(claimed: nil), [.init("count", .number(1_985))])
            ])
        now.withLock { $0 += 1_000_000_000 }
        #expect(unauthorized.admit())
        unauthorized.tell()
        #expect(trail.events.count == 1)
    }

    /// As many as no machine is too slow for: at five a second they take two minutes.
    @Test func requestsWithoutAKeyAreAllInTheLogsEitherThemselvesOrInANumber() async throws {
        let fixture = try APIFixture()
        try await fixture.withClient { client async throws in
            for number in 0..<600 {
                let (method, path) =
                    number.isMultiple(of: 2) ? (HTTPRequest.Method.get, "/metrics") : (.post, Client.users)
                let key = number.isMultiple(of: 3) ? "" : "Key x"
                #expect(try await client.send(method, path, authorization: key).status == 401)
            }
            // Whoever shows a key is taken down as ever.
            for _ in 0..<20 { _ = try await client.send(.delete, "\(Client.users)/AAAAAAAA") }
        }
        let events = fixture.trail.events
        let written = events.count { $0.name == .apiRequest && $0.actor == .unknown(claimed: nil) }
        #expect(written >= 10 && written < 600)
        // The last of them when the service stopped.
        let counted = counts(fixture.trail).reduce(Int64(0)) { sum, value in
            guard case .number(let number) = value else { return sum }
            return sum + number
        }
        #expect(Int64(written) + counted == 600)
        #expect(events.count { $0.outcome == .failed } == 20)
        #expect(fixture.log.lines("info API key refused").count == written)
        #expect(fixture.log.lines("warning requests without a valid key").count == counts(fixture.trail).count)
    }
}
