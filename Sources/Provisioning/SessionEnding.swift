import SessionBroker

/// What provisioning needs of the broker.
public protocol SessionEnding: Sendable {
    /// Ends all sessions of a user; returns when they have ended, within a second.
    func endSessions(ofUser username: String, reason: String) async

    /// Ends those sessions of a user that rest on weak algorithms; returns when they have ended, within a second.
    func endWeakSessions(ofUser username: String, reason: String) async
}

extension SessionBroker: SessionEnding {}
