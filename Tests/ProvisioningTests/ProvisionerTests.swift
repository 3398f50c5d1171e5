import ConfinedFileSystem
import Foundation
import Registry
import Synchronization
import Testing

@testable import Provisioning

@Suite struct ProvisionerTests {
    let fixture: Fixture
    var bucket: String { fixture.registry.bucketName }

    init() throws {
        fixture = try Fixture()
    }

    @Test func aCreationMakesBucketAndHomeAndGivesAWorkingPassword() async throws {
        let (user, password) = try await fixture.provisioner().create(.sound(home: "/acme"))
        #expect(fixture.store.events == ["bucket \(bucket)", "home /acme"])
        let bytes = Array(password.revealed().utf8)
        #expect(try fixture.registry.authenticate(username: user.username, password: bytes)?.user == user)
    }

    @Test func anInvalidCreationTouchesNothing() async throws {
        let provisioner = fixture.provisioner()
        await #expect(throws: ProvisioningError.self) { try await provisioner.create(CreateUserRequest()) }
        #expect(try fixture.store.events.isEmpty && fixture.userCount() == 0)
    }

    @Test func whenTheRegistryRefusesTheHomeIsUndone() async throws {
        let provisioner = fixture.provisioner(maxUsers: 1)
        _ = try await provisioner.create(.sound(home: "/a"))
        await #expect(throws: ProvisioningError.userLimitReached(limit: 1)) {
            try await provisioner.create(.sound(home: "/b"))
        }
        #expect(fixture.store.events.suffix(2) == ["home /b", "undo /b"])
        #expect(try fixture.userCount() == 1)
    }

    @Test(arguments: [
        (Errno.noSpace, "unavailable"), (.quotaExceeded, "unavailable"), (.inputOutput, "unavailable"),
        (.notDirectory, "invalid"), (.tooManyLinks, "invalid"), (.accessDenied, "unexpected"),
    ])
    func whenTheHomeCantBeMadeThereIsNoUser(reason: Errno, kind: String) async throws {
        fixture.store.state.withLock { $0.homeFailure = .of(reason) }
        let provisioner = fixture.provisioner()
        await #expect {
            try await provisioner.create(.sound())
        } throws: { error in
            switch error as? ProvisioningError {
            case .unavailable: kind == "unavailable"
            case .invalid(let fields): kind == "invalid" && fields.map(\.path) == ["/homeDirectory"]
            case .unexpected: kind == "unexpected"
            default: false
            }
        }
        #expect(try fixture.userCount() == 0)
    }

    @Test func whatTheRegistryLeavesInDoubtIsNothingToTryAgain() {
        for error in [RegistryError.unwritable(reason: "r"), .busy] {
            #expect(ProvisioningError(error) == .unavailable(reason: error.description))
        }
        let doubt = RegistryError.inDoubt(reason: "r")
        #expect(ProvisioningError(doubt) == .unexpected(reason: doubt.description))
    }

    @Test func aBucketThatTakesTooLongIsATimeout() async throws {
        fixture.store.bucketGate.close()
        defer { fixture.store.bucketGate.open() }
        let provisioner = fixture.provisioner(timeout: .milliseconds(20))
        await #expect(throws: ProvisioningError.bucketTimeout) { try await provisioner.create(.sound()) }
        #expect(try fixture.userCount() == 0)
    }

    @Test func aHomeThatTakesTooLongIsATimeoutAndIsUndoneWhenItIsThere() async throws {
        fixture.store.homeGate.close()
        let provisioner = fixture.provisioner(timeout: .milliseconds(50))
        await #expect(throws: ProvisioningError.homeTimeout) { try await provisioner.create(.sound()) }
        fixture.store.homeGate.open()
        await fixture.waitForUndo()
        #expect(fixture.store.events.last == "undo /a")
        #expect(try fixture.userCount() == 0)
        _ = try await fixture.provisioner().create(.sound())
        #expect(try fixture.userCount() == 1)
    }

    @Test func deletingEndsTheSessionsOnceTheUserIsGone() async throws {
        let provisioner = fixture.provisioner()
        let (user, _) = try await provisioner.create(.sound())
        try await provisioner.delete(user.username)
        #expect(fixture.sessions.ended.withLock { $0 } == [user.username])
        await #expect(throws: ProvisioningError.noSuchUser) { try await provisioner.delete(user.username) }
        await #expect(throws: ProvisioningError.noSuchUser) { try await provisioner.user(named: user.username) }
        #expect(fixture.sessions.ended.withLock { $0.count } == 1)
    }

    @Test func anUpdateMakesTheNewHomeAndLeavesTheRest() async throws {
        let provisioner = fixture.provisioner()
        let (user, _) = try await provisioner.create(.sound(home: "/a"))
        let moved = try await provisioner.update(user.username, UpdateUserRequest(homeDirectory: .value("/b")))
        #expect(moved.homeDirectory == "/b" && moved.description == "d")
        #expect(fixture.store.events.last == "home /b")
        let described = try await provisioner.update(user.username, UpdateUserRequest(description: .value("x")))
        #expect(described.homeDirectory == "/b" && described.description == "x")
        #expect(fixture.sessions.ended.withLock { $0.isEmpty })
        await #expect(throws: ProvisioningError.noSuchUser) {
            try await provisioner.update("AAAAAAAA", UpdateUserRequest(homeDirectory: .value("/c")))
        }
        #expect(!fixture.store.events.contains("home /c"))
    }

    @Test func aStoppingServiceReadsButChangesNothing() async throws {
        let provisioner = fixture.provisioner()
        let (user, _) = try await provisioner.create(.sound())
        provisioner.refuse(because: "the service is stopping")
        for change in [
            { _ = try await provisioner.create(.sound()) },
            { _ = try await provisioner.update(user.username, UpdateUserRequest(description: .value("x"))) },
            { try await provisioner.delete(user.username) },
        ] as [@Sendable () async throws -> Void] {
            await #expect(throws: ProvisioningError.unavailable(reason: "the service is stopping")) {
                try await change()
            }
        }
        #expect(try await provisioner.user(named: user.username) == user)
    }

    @Test func aWalkShowsEachUserThatExistsThroughoutExactlyOnce() async throws {
        let provisioner = fixture.provisioner()
        var stable: [String] = []
        var doomed: [String] = []
        for number in 0..<30 {
            let name = try await provisioner.create(.sound()).0.username
            if number.isMultiple(of: 3) { doomed.append(name) } else { stable.append(name) }
        }
        var seen: [String] = []
        var token: String?
        repeat {
            let page = try await provisioner.list(
                PageRequest(pageSize: .value(4), pageToken: token.map { .value($0) } ?? .absent))
            seen += page.items.map(\.username)
            token = page.nextPageToken
            if let name = doomed.popLast() { try await provisioner.delete(name) }
            if let name = doomed.first {
                doomed.removeFirst()
                try await provisioner.delete(name)
            }
            _ = try await provisioner.create(.sound())
        } while token != nil && seen.count < 200
        #expect(seen.filter(stable.contains) == stable)
        #expect(Set(seen).count == seen.count)
    }

    @Test func theLastPageHasNoToken() async throws {
        let provisioner = fixture.provisioner()
        for _ in 0..<4 { _ = try await provisioner.create(.sound()) }
        #expect(try await provisioner.list(PageRequest(pageSize: .value(4))).nextPageToken == nil)
        #expect(try await provisioner.list(PageRequest(pageSize: .value(3))).nextPageToken != nil)
        #expect(try await provisioner.list(PageRequest()).items.count == 4)
    }

    @Test func creationsThatFailNeverTakeTheHomeOfOneThatSucceeded() async throws {
        let provisioner = try fixture.provisionerOnDisk(maxUsers: 10)
        let home = fixture.directory + "/buckets/" + bucket
        for round in 0..<3 {
            let directory = "/p/r\(round)"
            let made = await withTaskGroup(of: Bool.self) { group in
                for _ in 0..<12 {
                    group.addTask { (try? await provisioner.create(.sound(home: directory))) != nil }
                }
                return await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
            }
            #expect(made == (round == 0 ? 10 : 0))
            #expect(FileManager.default.fileExists(atPath: home + directory) == (round == 0))
        }
        #expect(FileManager.default.fileExists(atPath: home + "/p"))
    }
}

extension Fixture {
    /// Waits on a thread of its own, as the event comes from one that blocks.
    func waitForUndo() async {
        await withCheckedContinuation { continuation in
            Thread.detachNewThread { [store] in
                store.undone.wait()
                continuation.resume()
            }
        }
    }
}
