import BucketStore
import ConfinedFileSystem
import Foundation
import Registry
import Synchronization

@testable import BucketStore
@testable import Provisioning

/// A registry in a directory of its own, a store that does as it is told, and a broker that notes what it was asked.
final class Fixture: Sendable {
    let directory: String
    let registry: Registry
    let store = FakeStore()
    let sessions = FakeSessions()

    init() throws {
        directory = FileManager.default.temporaryDirectory.appendingPathComponent("berth-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        registry = try Registry(path: directory + "/berth.sqlite")
    }

    deinit {
        try? FileManager.default.removeItem(atPath: directory)
    }

    func provisioner(maxUsers: Int = 0, timeout: Duration = .seconds(60)) -> Provisioner {
        Provisioner(
            registry: registry, store: store, sessions: sessions,
            limits: Provisioner.Limits(maxUsers: maxUsers, timeout: timeout))
    }

    /// A provisioner on a real store beneath the directory.
    func provisionerOnDisk(maxUsers: Int = 0) throws -> Provisioner {
        let buckets = directory + "/buckets"
        try FileManager.default.createDirectory(atPath: buckets, withIntermediateDirectories: true)
        let store = try BucketStore(directory: buckets, umask: 0o027, group: nil)
        return Provisioner(
            registry: registry, store: store, sessions: sessions, limits: Provisioner.Limits(maxUsers: maxUsers))
    }

    func userCount() throws -> Int { try registry.userCount() }
}

extension CreateUserRequest {
    static func sound(home: String = "/a") -> CreateUserRequest {
        CreateUserRequest(homeDirectory: .value(home), description: .value("d"))
    }
}

/// Notes what is made and undone; fails or waits where a test wants it.
final class FakeStore: HomeStore {
    struct State {
        var events: [String] = []
        var bucketFailure: BucketStoreError?
        var homeFailure: BucketStoreError?
    }

    let state = Mutex(State())
    let bucketGate = Gate()
    let homeGate = Gate()

    var events: [String] { state.withLock { $0.events } }

    func makeBucket(_ name: String) throws(BucketStoreError) {
        bucketGate.pass()
        let failure = state.withLock { state in
            state.events.append("bucket \(name)")
            return state.bucketFailure
        }
        if let failure { throw failure }
    }

    func makeHome(bucket: String, homeDirectory: String) throws(BucketStoreError) -> String {
        homeGate.pass()
        let failure = state.withLock { state in
            state.events.append("home \(homeDirectory)")
            return state.homeFailure
        }
        if let failure { throw failure }
        return homeDirectory
    }

    func undo(_ creation: String) {
        state.withLock { $0.events.append("undo \(creation)") }
        undone.signal()
    }

    let undone = DispatchSemaphore(value: 0)
}

/// Open until a test closes it.
final class Gate: Sendable {
    private let isClosed = Mutex(false)
    private let semaphore = DispatchSemaphore(value: 0)

    func close() { isClosed.withLock { $0 = true } }

    func open() {
        isClosed.withLock { $0 = false }
        semaphore.signal()
    }

    func pass() {
        if isClosed.withLock({ $0 }) { semaphore.wait() }
    }
}

final class FakeSessions: SessionEnding {
    let ended = Mutex<[String]>([])

    func endSessions(ofUser username: String, reason: String) async {
        ended.withLock { $0.append(username) }
    }

    func endWeakSessions(ofUser username: String, reason: String) async {
        ended.withLock { $0.append("weak " + username) }
    }
}

extension BucketStoreError {
    static func of(_ reason: Errno) -> BucketStoreError {
        BucketStoreError(operation: "make", path: "/a", reason: reason)
    }
}
