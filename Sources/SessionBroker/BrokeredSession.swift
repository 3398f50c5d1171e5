import Foundation
import SSHWire
import SessionControl

/// A session as the broker sees it. What it may ask for depends on where it stands.
final class BrokeredSession {
    /// How far a session has come.
    enum Stage: Equatable {
        /// Not logged in; the number of the last attempt, nil before the first that this broker hears of.
        case anonymous(lastAttempt: UInt32?)
        /// Logged in.
        case granted(username: String)
        /// Told to end, or about to be; whatever it says now is only counted.
        case ending(username: String?)
    }

    let record: SessionRecord
    /// Where its client is; nil where the listener could not tell.
    let address: AddressNetwork.Address?
    let socket: SeqPacketSocket
    var stage: Stage
    /// Whether client and server agreed on weak algorithms; false before login.
    var usesWeakAlgorithms: Bool
    /// The client's identification string, escaped.
    var client = ""
    /// The version of its messages; 0 before the first that this broker gets.
    var version: UInt8 = 0
    private(set) var bytesIn: UInt64 = 0
    private(set) var bytesOut: UInt64 = 0
    private(set) var failures: [OperationFailures.Kind: UInt64] = [:]
    /// What of these is counted for the service as a whole; nil while that is not known.
    private var counted: (bytesIn: UInt64, bytesOut: UInt64)?
    private var countedFailures: [OperationFailures.Kind: UInt64] = [:]
    /// What the session gave as the reason of its end.
    var closingReason = ""
    /// Whether it has said that it is about to end.
    private(set) var isLeaving = false
    /// Whether it broke the rules: nothing that it says counts any more.
    private(set) var isBroken = false
    /// Whether its client has been named.
    private var isIdentified = false
    /// Attempts that this broker has heard of, and how many a session may make.
    private var attempts = 0
    private let attemptsMax: Int
    /// How much it may still say.
    var allowance: MessageAllowance
    /// Whether it was told in the log that it says too much.
    var isSlowedDown = false

    init(
        record: SessionRecord, descriptor: CInt, attemptsMax: Int = .max, rate: MessageRate = MessageRate(),
        now: Int64 = 0
    ) {
        self.attemptsMax = attemptsMax
        allowance = MessageAllowance(rate, now: now)
        self.record = record
        address = AddressNetwork.Address(peer: record.address)
        socket = SeqPacketSocket(owning: descriptor)
        usesWeakAlgorithms = record.usesWeakAlgorithms
        stage = record.username.isEmpty ? .anonymous(lastAttempt: nil) : .granted(username: record.username)
        counted = record.username.isEmpty ? (0, 0) : nil
    }

    var id: SessionID { record.id }

    /// The user, once logged in.
    var username: String? {
        switch stage {
        case .anonymous: nil
        case .granted(let username): username
        case .ending(let username): username
        }
    }

    /// What to do about a request.
    enum Action {
        case authenticate(AuthenticationRequest)
        case note
        case fileEvent(FileEventMessage)
        /// The session asked for what it may not: it is no longer trusted.
        case violation(String)
    }

    /// Takes a request as the session's stage allows it. After one that it does not allow, none has an effect.
    func receive(_ request: SessionRequest) -> Action {
        guard !isBroken else { return .note }
        let action = take(request)
        if case .violation = action { isBroken = true }
        return action
    }

    /// Notes that the session sent what is no request.
    func breakOff() { isBroken = true }

    private func take(_ request: SessionRequest) -> Action {
        switch (request, stage) {
        case (.authenticate(let request), .anonymous(let last)):
            // A session may have made its first attempts with a broker before this one.
            guard last.map({ request.attempt == $0 &+ 1 }) ?? true else { return .violation("attempts out of order") }
            attempts += 1
            // It counts them too, and ends with the last.
            guard attempts <= attemptsMax else { return .violation("too many attempts") }
            stage = .anonymous(lastAttempt: request.attempt)
            return .authenticate(request)
        case (.authenticate, .granted):
            return .violation("authentication after login")
        case (.authenticate, .ending):
            return .note
        case (.clientIdentification(let identification), _):
            guard !isIdentified else { return .violation("a second identification") }
            isIdentified = true
            client = Self.escaped(identification)
        case (.traffic, .anonymous), (.traffic, .ending(.none)):
            return .violation("traffic before login")
        case (.traffic(let received, let sent, let failures), _):
            count(received, sent, failures)
        case (.closing(let reason, let received, let sent, let failures), _):
            guard !isLeaving else { return .violation("a second farewell") }
            isLeaving = true
            // What the broker ended it for is better known here.
            if closingReason.isEmpty { closingReason = reason }
            if username != nil { count(received, sent, failures) }
        case (.fileEvent(let event), .granted), (.fileEvent(let event), .ending(.some)):
            return .fileEvent(event)
        case (.fileEvent, _):
            return .violation("file event before login")
        }
        return .note
    }

    /// Totals only grow.
    private func count(_ received: UInt64, _ sent: UInt64, _ failures: [OperationFailures]) {
        (bytesIn, bytesOut) = (max(bytesIn, received), max(bytesOut, sent))
        for entry in failures { self.failures[entry.kind] = max(self.failures[entry.kind] ?? 0, entry.count) }
        // What a session says first that was logged in before this broker ran was before that.
        guard counted == nil else { return }
        counted = (bytesIn, bytesOut)
        countedFailures = self.failures
    }

    /// Takes over what an earlier broker's link had heard of the session.
    func resume(bytesIn: UInt64, bytesOut: UInt64, failures: [OperationFailures.Kind: UInt64]) {
        (self.bytesIn, self.bytesOut, self.failures) = (bytesIn, bytesOut, failures)
        counted = (bytesIn, bytesOut)
        countedFailures = failures
    }

    /// Bytes that are believed of one report: no session moves more between two. The totals of all others are not to be
    /// spoilt by one that lies.
    static let bytesPerReportMax: UInt64 = 1 << 40

    /// The bytes that were reported since this was asked last.
    func takeTraffic() -> (received: UInt64, sent: UInt64) {
        guard let before = counted else { return (0, 0) }
        counted = (bytesIn, bytesOut)
        return (
            min(bytesIn - before.bytesIn, Self.bytesPerReportMax),
            min(bytesOut - before.bytesOut, Self.bytesPerReportMax)
        )
    }

    /// Failures of one kind that are believed of one report, as with ``bytesPerReportMax``.
    static let failuresPerReportMax: UInt64 = 1 << 24

    /// The failures that were reported since this was asked last.
    func takeFailures() -> [OperationFailures] {
        guard counted != nil, failures != countedFailures else { return [] }
        defer { countedFailures = failures }
        return failures.compactMap { kind, count in
            let more = count - (countedFailures[kind] ?? 0)
            return more > 0 ? OperationFailures(kind, count: min(more, Self.failuresPerReportMax)) : nil
        }
    }

    /// Foreign bytes as text for the log, which escapes what it must. Of bytes that are not UTF-8, those that are not
    /// printable ASCII become what ``ForeignByte`` has for them.
    static func escaped(_ bytes: [UInt8]) -> String {
        if let text = String(validating: bytes, as: UTF8.self),
            !text.unicodeScalars.contains(where: { ForeignByte.byte(of: $0) != nil })
        {
            return text
        }
        var text = ""
        for byte in bytes {
            let isPrintable = (0x20...0x7e).contains(byte)
            if let scalar = isPrintable ? Unicode.Scalar(byte) : ForeignByte.scalar(byte) {
                text.unicodeScalars.append(scalar)
            }
        }
        return text
    }
}
