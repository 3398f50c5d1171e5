import Audit
import Foundation
import Glibc
import Registry
import SessionControl

// What the broker takes down in the audit log: who was let in or not, and what came of it.
extension BrokerLoop {
    /// An attempt to log in was decided.
    func audit(
        _ request: AuthenticationRequest, of session: BrokeredSession, _ outcome: AuditEvent.Outcome,
        _ details: [AuditEvent.Detail]
    ) {
        let name = ForeignByte.spelledOut(BrokeredSession.escaped(request.username))
        var details = [AuditEvent.Detail("method", request.method.name)] + details
        if !request.weakAlgorithms.isEmpty { details.append(.init("weak_algorithms", .texts(request.weakAlgorithms))) }
        if !session.client.isEmpty { details.append(.init("client", ForeignByte.spelledOut(session.client))) }
        audit(
            .login, outcome, of: session, by: outcome == .granted ? .user(name) : .unknown(claimed: name), details)
    }

    /// A client did something to a file.
    func audit(_ event: FileEventMessage, of session: BrokeredSession) {
        var details = [AuditEvent.Detail("path", ForeignByte.spelledOut(BrokeredSession.escaped(event.path)))]
        if !event.otherPath.isEmpty {
            details.append(.init("to", ForeignByte.spelledOut(BrokeredSession.escaped(event.otherPath))))
        }
        if event.kind == .written || event.kind == .read {
            details.append(.init("bytes", .number(Int64(clamping: event.sizeBytes))))
        }
        audit(event.kind.auditName, .granted, of: session, details)
    }

    /// A session that was logged in has ended, or the process of any did by a fault.
    func auditEnd(of session: BrokeredSession, reason: String, signal: UInt32 = 0) {
        guard session.username != nil || signal != 0 else { return }
        let seconds = max(0, Date().timeIntervalSince1970 - Double(session.record.sinceSeconds))
        var details: [AuditEvent.Detail] = [
            .init("reason", reason), .init("bytes_in", .number(Int64(clamping: session.bytesIn))),
            .init("bytes_out", .number(Int64(clamping: session.bytesOut))), .init("seconds", .number(Int64(seconds))),
        ]
        if signal != 0 { details.append(.init("signal", .number(Int64(signal)))) }
        audit(.sessionEnded, .done, of: session, details)
    }

    /// Something about a session.
    func audit(
        _ name: AuditEvent.Name, _ outcome: AuditEvent.Outcome, of session: BrokeredSession,
        by actor: AuditEvent.Actor? = nil, _ details: [AuditEvent.Detail] = []
    ) {
        let own = session.username.map { AuditEvent.Actor.user($0) } ?? .unknown(claimed: nil)
        trail.record(
            AuditEvent(
                name, outcome, by: actor ?? own, from: session.record.address, session: "\(session.id)", details))
    }

    /// A block began, or ended for `reason`.
    func audit(_ block: BlockedSource, isOver reason: String? = nil) {
        if let reason {
            return trail.record(
                AuditEvent(.blockEnded, .done, by: .service, from: block.source, [.init("reason", reason)]))
        }
        trail.record(
            AuditEvent(
                .blockBegan, .done, by: .service, from: block.source,
                [
                    .init("reason", block.reason), .init("number", .number(Int64(block.number))),
                    .init("until", block.endsAt.formatted(.iso8601)),
                ]))
    }
}

extension FileEventMessage.Kind {
    /// The event's name in the audit log.
    fileprivate var auditName: AuditEvent.Name {
        switch self {
        case .written: .fileWritten
        case .read: .fileRead
        case .renamed: .fileRenamed
        case .removed: .fileRemoved
        case .directoryMade: .directoryMade
        case .directoryRemoved: .directoryRemoved
        case .symbolicLinkMade: .symbolicLinkMade
        case .hardLinkMade: .hardLinkMade
        case .attributesChanged: .attributesChanged
        }
    }
}
