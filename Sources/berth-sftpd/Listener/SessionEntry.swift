import Glibc
import SessionControl

/// A session in the listener's table.
struct SessionEntry: Equatable {
    let id: SessionID
    let pid: pid_t
    let peer: PeerAddress
    /// When it was accepted: by the monotonic clock in milliseconds, and in seconds since 1970.
    let acceptedAt: Int64
    let sinceSeconds: UInt64
    /// The broker's end of the session's pair: kept for a broker that comes back.
    let brokerEnd: CInt
    /// What the session writes to standard output and error; -1 once that has ended.
    var output: CInt
    /// The end of a line that has not come whole yet.
    var outputLine: [UInt8] = []
    /// Lines that were logged.
    var outputLines = 0
    /// The user that the broker named; empty before login.
    var username = ""
    /// What the broker said with the name: whether weak algorithms were agreed.
    var usesWeakAlgorithms = false
    /// When the process is killed, by the monotonic clock in milliseconds.
    var deadline: Int64?
    /// Whether the listener killed it.
    var wasKilled = false
    /// Why it is killed.
    var cause = Cause.loginGrace

    /// The reasons that the listener has to end a session.
    enum Cause: String {
        case loginGrace = "login grace time"
        case evicted = "too many connections that have not logged in"
        case endedByBroker = "ended by the broker"
        case serviceStopped = "service stopped"
        case fault = "another session of its address died by a fault"
    }

    /// The record for the broker.
    var record: SessionRecord {
        SessionRecord(
            id: id, address: peer.text, username: username, sinceSeconds: sinceSeconds,
            usesWeakAlgorithms: usesWeakAlgorithms)
    }
}
