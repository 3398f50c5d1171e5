import Foundation
import Glibc
import SessionBroker
import SessionControl
import Testing

/// A listener that does not read what it is told.
@Suite struct DeafListenerTests {
    /// More than a socket holds, fewer than those after which the listener is given up.
    private static let messages = 1_000

    @Test func nobodyIsGrantedOfWhomTheListenerCannotBeTold() async throws {
        let network = try #require(AddressNetwork("192.0.2.0/24"))
        try await BrokerPlace.run(protection: LoginProtection(trustedNetworks: [network])) { place in
            let listener = try await place.readyListener()
            let (name, password) = try place.makeUser()
            let other = try listener.session(id: .random())
            // Each breaks the rules, and the listener is told to end it.
            for _ in 0..<Self.messages {
                let id = SessionID.random()
                let bad = try listener.session(id: id)
                try bad.send(raw: [UInt8](repeating: 0xa5, count: 10))
                #expect(try await bad.nextReply().0 == .end(reason: "internal error"))
                try listener.report(.ended(SessionEnd(id: id, cause: "", signal: 9)))
            }
            let id = SessionID.random()
            let session = try listener.session(id: id)
            try session.authenticate(attempt: 1, username: name, password: password)
            // Answered behind it.
            for attempt in UInt32(1)...3 {
                try other.authenticate(attempt: attempt, username: "x", password: "y")
                #expect(try await other.nextReply().0 == .denied(attempt: attempt))
            }
            #expect(!session.hasReply)
            for _ in 0..<Self.messages {
                guard case .end = try await listener.nextCommand() else {
                    Issue.record("another command than those that came first")
                    break
                }
            }
            #expect(try await listener.nextCommand() == .named(id: id, username: name, usesWeakAlgorithms: false))
            let (reply, home) = try await session.nextReply()
            #expect(reply == .granted(attempt: 1, limits: SessionLimits()))
            close(home)
        }
    }
}
