import SSHWire
import SessionControl
import Testing

@testable import berth_sftpd

/// The listener's end of a link whose other end nobody reads.
@Suite struct ControlLinkTests {
    private func record(_ id: UInt64) -> ListenerReport {
        .session(
            SessionRecord(
                id: SessionID(rawValue: id), address: "192.0.2.1:50022", username: "", sinceSeconds: 0))
    }

    @Test func whatWaitsIsBoundedByTheSessionsThatAreOpen() throws {
        let pair = try SeqPacketSocket.pair()
        let broker = SeqPacketSocket(owning: pair.0)
        var link = ControlLink(SeqPacketSocket(owning: pair.1))
        var heard = 0
        var waitsMost = 0
        for number in 1...20_000 as ClosedRange<UInt64> {
            let id = SessionID(rawValue: number)
            try link.send(record(number), for: id) { _ in broker.descriptor }
            if link.withdraw(id) { continue }
            heard += 1
            try link.send(.ended(SessionEnd(id: id, cause: "", signal: 0))) { _ in nil }
            waitsMost = max(waitsMost, link.pending.count)
        }
        waitsMost = max(waitsMost, link.pending.count)
        #expect(heard > 0 && heard < 20_000 && waitsMost <= 1, "\(heard), \(waitsMost)")
        // What was told once is told to the end.
        let isTakenBack = link.withdraw(SessionID(rawValue: 1))
        #expect(!isTakenBack)
    }
}
