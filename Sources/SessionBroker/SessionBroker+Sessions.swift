import Foundation
import SessionControl

/// A session that is open, as an operator may see it.
public struct OpenSession: Sendable, Equatable, Identifiable {
    /// Its name, as in the log: 16 hexadecimal digits.
    public let id: String
    /// Who is logged in; nil before that.
    public let username: String?
    /// The client's address and port, as `192.0.2.1:50022` or `[2001:db8::1]:50022`.
    public let address: String
    /// The client's identification string (RFC 4253 section 4.2), as text; empty before it has come.
    public let client: String
    /// When the connection was accepted, to the second.
    public let since: Date
    /// Bytes of file data from the client, as the session last said: a few seconds ago.
    public let bytesIn: UInt64
    /// The same to the client.
    public let bytesOut: UInt64

    /// A session with these members.
    public init(
        id: String, username: String?, address: String, client: String, since: Date, bytesIn: UInt64, bytesOut: UInt64
    ) {
        self.id = id
        self.username = username
        self.address = address
        self.client = client
        self.since = since
        self.bytesIn = bytesIn
        self.bytesOut = bytesOut
    }
}

extension SessionBroker {
    /// The sessions that are open, in no particular order.
    public func sessions() async -> [OpenSession] {
        await withCheckedContinuation { continuation in
            ask(.listSessions { continuation.resume(returning: $0) })
        }
    }

    /// Ends a session, and returns when it has ended: within ``endTimeout``.
    ///
    /// - Returns: false when none has that name.
    public func endSession(_ id: String, reason: String) async -> Bool {
        guard let id = SessionID(id) else { return false }
        return await withCheckedContinuation { continuation in
            ask(.endSession(id, reason: reason) { continuation.resume(returning: $0) })
        }
    }
}

extension BrokeredSession {
    /// What is shown of it.
    var asOpen: OpenSession {
        OpenSession(
            id: id.description, username: username, address: record.address, client: client,
            since: Date(timeIntervalSince1970: Double(record.sinceSeconds)), bytesIn: bytesIn, bytesOut: bytesOut)
    }
}
