import CLinux
import SessionControl

// Connections that are refused by their address alone: a look-up, at most one line, and the close that follows.
extension Listener {
    /// Whether the connection is refused by its address; the client has been told then, if it is told anything.
    func refuses(_ socket: CInt, from peer: PeerAddress) -> Bool {
        guard let rules = service?.rules else { return false }
        let now = monotonicMilliseconds()
        let refusal = rules.refusal(
            of: peer.address, isBlocked: blocks.isBlocked(peer.source, now: now),
            isFaulty: faults.isBlocked(peer.source, now: now))
        guard let refusal else { return false }
        tell(socket, of: peer, refusal)
        return true
    }

    /// Tells a client, and once in a while the log, that it is refused.
    func tell(_ socket: CInt, of peer: PeerAddress, _ refusal: AccessRules.Refusal) {
        // Lines before the identification string are allowed (RFC 4253 section 4.2), and clients show them.
        if let line = refusal.line { _ = clinux_send_bytes(socket, line, line.utf8.count) }
        if refusals.add(refusal, now: monotonicMilliseconds()) {
            log(.info, "connection refused", ["address": peer.text, "reason": refusal.rawValue])
        }
    }

    /// Says at most once a minute how many were refused.
    func logRefusals(now: Int64) {
        for (refusal, count) in refusals.take(now: now) {
            log(.info, "connections refused", ["count": "\(count)", "reason": refusal.rawValue])
        }
    }
}
