import Glibc
import Registry
import SessionBroker
import SessionControl
import Testing

/// What the listener is told of those who logged in before.
@Suite struct KnownSourceTests {
    /// What a listener of that version has been told by the time of a login.
    private func told(version: UInt8, sources: [String]) async throws -> [AddressSource] {
        var told: [AddressSource] = []
        try await BrokerPlace.run { place in
            let (name, password) = try place.makeUser()
            for source in sources { try place.registry.recordLogin(from: source, ofUser: name, on: .today) }
            let listener = try ScriptedListener(path: place.socketPath, version: version)
            _ = try await listener.nextCommand()
            let id = SessionID.random()
            let session = try listener.session(id: id)
            try session.authenticate(attempt: 1, username: name, password: password)
            #expect(
                try await listener.nextCommand() == .named(id: id, username: name, usesWeakAlgorithms: false))
            close(try await session.nextReply().1)
            told = listener.knownSources
        }
        return told
    }

    @Test func aListenerThatConnectsIsToldFromWhereUsersLoggedInLately() async throws {
        let sources = ["192.0.2.7", "2001:db8::/64"]
        let told = try await told(version: controlVersion, sources: sources)
        #expect(Set(told.map(\.description)) == Set(sources))
    }

    @Test func oneOfTheVersionBeforeIsNot() async throws {
        #expect(try await told(version: knownSourcesVersion - 1, sources: ["192.0.2.7"]).isEmpty)
    }
}
