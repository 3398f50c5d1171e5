import SFTPProtocol
import SFTPService
import SessionControl

/// What a session's requests amount to on all of its channels together, and what of that the broker was told.
struct SessionTotals {
    /// Milliseconds between two reports.
    private static let interval: Int64 = 5_000

    /// What changes whenever there is something to report.
    private struct Sum: Equatable {
        var bytesIn: UInt64 = 0
        var bytesOut: UInt64 = 0
        var failures: UInt64 = 0

        mutating func add(_ server: SFTPServer) {
            bytesIn &+= server.statistics.bytesWritten
            bytesOut &+= server.statistics.bytesRead
            failures &+= server.failures.total
        }
    }

    /// On channels that are closed.
    private var earlier = Sum()
    private var earlierFailures = FailureCounts()
    private var reported = Sum()
    private var reportedAt: Int64 = 0

    /// Keeps what was served on a channel that is closed.
    mutating func keep(_ channel: SFTPChannel) {
        earlier.add(channel.server)
        earlierFailures.add(channel.server.failures)
    }

    /// What the broker is to be told now; nil while that has time, or nothing has changed.
    ///
    /// - Parameter channels: those that are open.
    mutating func report(_ channels: [SFTPChannel], now: Int64) -> SessionRequest? {
        let sum = sum(channels)
        guard sum != reported, now - reportedAt >= Self.interval else { return nil }
        reported = sum
        reportedAt = now
        return .traffic(bytesIn: sum.bytesIn, bytesOut: sum.bytesOut, failures: failures(channels))
    }

    /// Milliseconds after which there may be something to report; nil while nothing has changed.
    func wait(_ channels: [SFTPChannel]) -> Int? {
        sum(channels) == reported ? nil : Int(Self.interval)
    }

    /// The last word to the broker.
    func farewell(_ channels: [SFTPChannel], reason: String) -> SessionRequest {
        let sum = sum(channels)
        return .closing(
            reason: reason, bytesIn: sum.bytesIn, bytesOut: sum.bytesOut, failures: failures(channels))
    }

    private func sum(_ channels: [SFTPChannel]) -> Sum {
        channels.reduce(into: earlier) { $0.add($1.server) }
    }

    private func failures(_ channels: [SFTPChannel]) -> [OperationFailures] {
        let counts = channels.reduce(into: earlierFailures) { $0.add($1.server.failures) }
        guard counts.total > 0 else { return [] }
        var failures: [OperationFailures] = []
        counts.forEach { operation, status, count in
            guard let operation = OperationFailures.Operation(rawValue: operation.rawValue),
                let status = OperationFailures.Status(rawValue: UInt8(clamping: status.rawValue))
            else { return }
            failures.append(OperationFailures(OperationFailures.Kind(operation, status), count: count))
        }
        return failures
    }
}
