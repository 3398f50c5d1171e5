import Glibc
import PrometheusMetrics
import Registry
import SessionControl
import Testing

@testable import SessionBroker

/// What the broker counts, as Prometheus sees it.
@Suite struct BrokerMetricsTests {
    private let metrics = PrometheusMetrics()

    private func value(_ series: String) -> Int? {
        metrics.text().split(separator: "\n").first { $0.hasPrefix(series + " ") }
            .flatMap { Int($0.dropFirst(series.count + 1)) }
    }

    private func blocks(_ reason: String) -> Int? { value("berth_blocks_total{reason=\"\(reason)\"}") }

    private func failed(_ operation: String, _ status: String) -> Int? {
        value("berth_file_operations_total{operation=\"\(operation)\",status=\"\(status)\"}")
    }

    private func failures(
        _ operation: OperationFailures.Operation, _ status: OperationFailures.Status, _ count: UInt64
    ) -> OperationFailures {
        OperationFailures(OperationFailures.Kind(operation, status), count: count)
    }

    private func wait(_ holds: () -> Bool) async throws {
        let deadline = ContinuousClock.now + .seconds(30)
        while !holds() {
            guard ContinuousClock.now < deadline else { throw ScriptedListener.TimedOut() }
            try await Task.sleep(for: .milliseconds(1))
        }
    }

    @Test func everySeriesIsThereBeforeAnythingHappens() async throws {
        try await BrokerPlace.run(metrics: metrics) { place in
            for method in ["password", "keyboard-interactive"] {
                for result in ["granted", "denied", "error"] {
                    #expect(value("berth_logins_total{method=\"\(method)\",result=\"\(result)\"}") == 0)
                }
            }
            for operation in ["write", "read", "rename", "remove", "mkdir", "rmdir", "symlink", "hardlink", "setstat"] {
                #expect(value("berth_file_operations_total{operation=\"\(operation)\",status=\"ok\"}") == 0)
            }
            #expect(value(#"berth_file_operations_total{operation="open",status="no_such_file"}"#) == 0)
            for name in ["sessions", "file_received_bytes", "file_sent_bytes"] {
                #expect(value("berth_\(name)_total") == 0)
            }
            for reason in ["failed_logins", "fault", "processor_time"] { #expect(blocks(reason) == 0) }
        }
    }

    @Test func loginsFilesAndTrafficAreCounted() async throws {
        try await BrokerPlace.run(metrics: metrics) { place in
            let (name, password) = try place.makeUser()
            let listener = try await place.readyListener()
            let (id, other) = (SessionID.random(), SessionID.random())
            let session = try listener.session(id: id)
            _ = try listener.session(id: other)
            try session.authenticate(attempt: 1, username: name, password: "wrong")
            _ = try await session.nextReply()
            try session.authenticate(attempt: 2, username: name, password: password)
            close(try await session.nextReply().1)
            #expect(value(#"berth_logins_total{method="password",result="denied"}"#) == 1)
            #expect(value(#"berth_logins_total{method="password",result="granted"}"#) == 1)
            try await wait { place.broker.figures == BrokerFigures(openSessions: 2, loggedInSessions: 1, blocks: 0) }

            try session.send(.traffic(bytesIn: 100, bytesOut: 5))
            // Totals, not differences; a lower one is none.
            try session.send(.traffic(bytesIn: 150, bytesOut: 3))
            try session.send(.fileEvent(FileEventMessage(kind: .directoryMade, path: [0x2f])))
            try session.send(.closing(reason: "client left", bytesIn: 160, bytesOut: 8))
            try listener.report(.ended(SessionEnd(id: id, cause: "", signal: 0)))
            try await wait { place.broker.figures == BrokerFigures(openSessions: 1, loggedInSessions: 0, blocks: 0) }
            #expect(value("berth_file_received_bytes_total") == 160 && value("berth_file_sent_bytes_total") == 8)
            #expect(value(#"berth_file_operations_total{operation="mkdir",status="ok"}"#) == 1)
            #expect(value("berth_sessions_total") == 2)
        }
    }

    @Test func whatASessionTransferredBeforeTheBrokerRanIsNotCountedAgain() async throws {
        try await BrokerPlace.run(metrics: metrics) { place in
            let (name, _) = try place.makeUser()
            let listener = try await place.readyListener()
            let session = try listener.session(id: .random(), username: name)
            try session.send(.traffic(bytesIn: 1_000_000, bytesOut: 2_000_000))
            try session.send(.traffic(bytesIn: 1_000_010, bytesOut: 2_000_020))
            try await wait { value("berth_file_received_bytes_total") == 10 }
            #expect(value("berth_file_sent_bytes_total") == 20)
            // A session that goes on is no new one.
            #expect(value("berth_sessions_total") == 0)
            #expect(place.broker.figures.loggedInSessions == 1)
        }
    }

    @Test func aSessionIsCountedOnAcrossALostLinkAndNothingTwice() async throws {
        try await BrokerPlace.run(metrics: metrics) { place in
            let (name, _) = try place.makeUser()
            let id = SessionID.random()
            for (round, total) in [UInt64(1_000), 1_300].enumerated() {
                let listener = try await place.listener()
                let session = try listener.session(id: id, username: name)
                try listener.report(.ready(ScriptedListener.status))
                try session.send(.traffic(bytesIn: total - 100, bytesOut: 0))
                try session.send(.traffic(bytesIn: total, bytesOut: 0))
                try await wait { value("berth_file_received_bytes_total") == (round == 0 ? 100 : 400) }
            }
        }
    }

    /// A session may have been taken over: it says of itself what it likes.
    @Test func aSessionThatLiesDoesNotSpoilTheTotals() async throws {
        try await BrokerPlace.run(metrics: metrics) { place in
            let (name, _) = try place.makeUser()
            let listener = try await place.readyListener()
            let session = try listener.session(id: .random(), username: name)
            try session.send(.traffic(bytesIn: 0, bytesOut: 0))
            try session.send(.traffic(bytesIn: .max, bytesOut: .max))
            try await wait { value("berth_file_received_bytes_total") != 0 }
            #expect(value("berth_file_received_bytes_total") == 1 << 40)
        }
    }

    @Test func failuresAreTotalsThatOnlyGrow() async throws {
        try await BrokerPlace.run(metrics: metrics) { place in
            let (name, password) = try place.makeUser()
            let listener = try await place.readyListener()
            let id = SessionID.random()
            let session = try listener.session(id: id)
            try session.authenticate(attempt: 1, username: name, password: password)
            close(try await session.nextReply().1)
            try session.send(.traffic(bytesIn: 0, bytesOut: 0, failures: [failures(.open, .noSuchFile, 2)]))
            try session.send(
                .traffic(
                    bytesIn: 0, bytesOut: 0,
                    failures: [failures(.open, .noSuchFile, 1), failures(.rename, .permissionDenied, 1)]))
            try session.send(
                .closing(reason: "client left", bytesIn: 0, bytesOut: 0, failures: [failures(.open, .noSuchFile, 5)]))
            try listener.report(.ended(SessionEnd(id: id, cause: "", signal: 0)))
            try await wait { place.broker.figures.openSessions == 0 }
            #expect(failed("open", "no_such_file") == 5 && failed("rename", "permission_denied") == 1)
        }
    }

    @Test func whatFailedBeforeTheBrokerRanIsNotCountedAndWhatFailsAcrossALostLinkIs() async throws {
        try await BrokerPlace.run(metrics: metrics) { place in
            let (name, _) = try place.makeUser()
            let id = SessionID.random()
            for (round, total) in [UInt64(10), 30].enumerated() {
                let listener = try await place.listener()
                let session = try listener.session(id: id, username: name)
                try listener.report(.ready(ScriptedListener.status))
                for count in [total - 5, total] {
                    try session.send(.traffic(bytesIn: 0, bytesOut: 0, failures: [failures(.copy, .failure, count)]))
                }
                try await wait { failed("copy", "failure") == (round == 0 ? 5 : 25) }
            }
        }
    }

    @Test func failuresThatASessionMakesUpDoNotSpoilTheTotals() async throws {
        try await BrokerPlace.run(metrics: metrics) { place in
            let (name, _) = try place.makeUser()
            let listener = try await place.readyListener()
            let session = try listener.session(id: .random(), username: name)
            try session.send(.traffic(bytesIn: 0, bytesOut: 0))
            try session.send(.traffic(bytesIn: 0, bytesOut: 0, failures: [failures(.fsync, .badMessage, .max)]))
            try await wait { failed("fsync", "bad_message") != 0 }
            #expect(failed("fsync", "bad_message") == 1 << 24)
        }
    }

    @Test func blocksThatTheListenerBeganAreCountedByTheirReason() async throws {
        try await BrokerPlace.run(metrics: metrics) { place in
            let listener = try await place.readyListener()
            // Of the first the broker hears nothing but its end: there was no room to tell of it before.
            for (isTold, signal, block) in [
                (false, SIGSEGV, SessionEnd.Block.fault), (true, SIGSEGV, .fault), (true, SIGPROF, .processorTime),
                (true, SIGPROF, nil), (true, SIGSYS, .fault), (true, 0, nil),
            ] as [(Bool, CInt, SessionEnd.Block?)] {
                let id = SessionID.random()
                if isTold { _ = try listener.session(id: id) }
                try listener.report(.ended(SessionEnd(id: id, cause: "", signal: UInt32(signal), block: block)))
            }
            try await wait { value("berth_sessions_total") == 5 && place.broker.figures.openSessions == 0 }
            #expect(blocks("fault") == 3 && blocks("processor_time") == 1 && blocks("failed_logins") == 0)
        }
    }

    @Test func blocksThatHoldAreCounted() async throws {
        try await BrokerPlace.run(
            protection: LoginProtection(blockAfterFailures: 1, blockSeconds: 600), metrics: metrics
        ) { place in
            let listener = try await place.readyListener()
            let session = try listener.session(id: .random())
            try session.authenticate(attempt: 1, username: "nobody", password: "x")
            try await wait { place.broker.figures.blocks == 1 }
            #expect(blocks("failed_logins") == 1)
            #expect(try await place.broker.unblock("192.0.2.1"))
            try await wait { place.broker.figures.blocks == 0 }
            #expect(blocks("failed_logins") == 1)
        }
    }
}
