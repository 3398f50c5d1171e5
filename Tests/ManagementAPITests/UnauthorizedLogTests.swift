import Audit
import HTTPTypes
import LogTestSupport
import SessionControl
import Synchronization
import Testing

@testable import ManagementAPI

/// What is written of requests without a valid key.
@Suite struct UnauthorizedLogTests {
    private let trail = EventRecorder()
    private let log = LogRecorder()

    private func source(_ number: Int) -> AddressSource {
        AddressSource(isIPv4: true, bits: UInt64(0xC633_0000 + number))
    }

    /// The numbers that the audit log has in the place of requests.
    private func counts(_ trail: EventRecorder) -> [AuditEvent.Value] {
        trail.events.filter { $0.name == .apiUnauthorized }.flatMap(\.details).filter { $0.name == "count" }
            .map(\.value)
    }

    private func summary(count: Int64, addresses: Int64) -> AuditEvent {
        AuditEvent(
            .apiUnauthorized, .denied, by: .unknown(claimed: nil),
            [.init("count", .number(count)), .init("addresses", .number(addresses))])
    }

    @Test func fiveASecondAreWrittenAndOfTheOthersTheirNumberOnce() {
        let now = Mutex<Int64>(7)
        let unauthorized = UnauthorizedLog(audit: trail, logger: log.logger) { now.withLock(\.self) }
        #expect((0..<1_000).count { _ in unauthorized.admit(from: source(1)) } == 10)
        now.withLock { $0 += 1_000_000_000 }
        #expect((0..<1_000).count { _ in unauthorized.admit(from: source(1)) } == 5)
        #expect(trail.events.isEmpty && log.events.isEmpty)
        unauthorized.tell()
        unauthorized.tell()
        #expect(log.lines("warning") == ["warning requests without a valid key addresses=1 count=1985"])
        #expect(trail.events == [summary(count: 1_985, addresses: 1)])
        now.withLock { $0 += 1_000_000_000 }
        #expect(unauthorized.admit(from: source(1)))
        unauthorized.tell()
        #expect(trail.events.count == 1)
    }

    @Test func anAddressThatMakesNoiseHidesNoOtherAddress() {
        let now = Mutex<Int64>(7)
        let unauthorized = UnauthorizedLog(audit: trail, logger: log.logger) { now.withLock(\.self) }
        for minute in 0..<3 {
            for _ in 0..<1_000 { _ = unauthorized.admit(from: source(1)) }
            for number in [2, 3] {
                let written = (0..<3).map { _ in unauthorized.admit(from: source(number)) }
                #expect(written == [true, false, false], "\(minute)")
            }
            // All of that once a minute: whoever goes on is seen again.
            now.withLock { $0 += 60_000_000_000 - 1 }
            for _ in 0..<1_000 { _ = unauthorized.admit(from: source(1)) }
            #expect(!unauthorized.admit(from: source(2)), "\(minute)")
            now.withLock { $0 += 1 }
        }
        // Nobody is the first of an address that the bucket had room for already.
        now.withLock { $0 += 60_000_000_000 }
        #expect(unauthorized.admit(from: source(4)))
        for _ in 0..<1_000 { _ = unauthorized.admit(from: source(1)) }
        #expect(!unauthorized.admit(from: source(4)))
        unauthorized.tell()
        #expect(trail.events.last?.details.last == .init("addresses", .number(4)))
    }

    @Test func ofMoreAddressesThanThereIsRoomForTheirNumberIsWritten() {
        let now = Mutex<Int64>(7)
        let unauthorized = UnauthorizedLog(audit: trail, logger: log.logger) { now.withLock(\.self) }
        // Ten by the bucket, sixty for being the first.
        #expect((0..<1_000).count { unauthorized.admit(from: source($0)) } == 70)
        #expect((0..<1_000).count { unauthorized.admit(from: source($0)) } == 0)
        unauthorized.tell()
        #expect(trail.events == [summary(count: 1_930, addresses: 1_000)])
        #expect(log.lines("warning") == ["warning requests without a valid key addresses=1000 count=1930"])
        for number in 0..<70_000 { _ = unauthorized.admit(from: source(number)) }
        unauthorized.tell()
        #expect(trail.events.last == summary(count: 70_000, addresses: 65_536))
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
