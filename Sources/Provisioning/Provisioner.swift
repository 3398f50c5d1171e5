import Registry
import Synchronization

/// Creates, reads, updates and deletes users: registry, directories and sessions together.
///
/// A failed call leaves nothing behind, and what a successful one did is on the disk when it returns. Only when the disk fails while
/// the registry commits, it is not known what is there: such a call throws `unexpected`, and leaves the home.
public final class Provisioner: Sendable {
    /// What bounds provisioning.
    public struct Limits: Sendable {
        /// As many users can exist; 0 for no limit.
        public var maxUsers: Int
        /// How long bucket and home may take to make, the wait for those before them included.
        public var timeout: Duration

        /// Limits; by default no limit of users and 10 seconds.
        public init(maxUsers: Int = 0, timeout: Duration = .seconds(10)) {
            self.maxUsers = maxUsers
            self.timeout = timeout
        }
    }

    /// The bucket of all users.
    public let bucketName: String

    let registry: Registry
    let sessions: any SessionEnding
    let validation: UserValidation
    private let store: any HomeStore
    private let limits: Limits
    private let pages: PageValidation
    /// Why changes are refused at the moment, nil when they are not; and whether that is for good.
    private let refusal = Mutex<(reason: String?, isFinal: Bool)>((nil, false))

    /// Makers of homes below the same directory of the bucket take turns. If one that fails could undo a directory while
    /// another finds it there and commits, an acknowledged home would be gone.
    private let making = (0..<16).map { _ in BlockingQueue(width: 1) }
    private let working = BlockingQueue(width: 8)
    /// Whether the bucket is made and on the disk: it need not be looked for again each time. Homes are made with what is
    /// missing above them all the same.
    private let hasBucket = Atomic(false)

    /// Provisioning on these parts.
    public init(registry: Registry, store: any HomeStore, sessions: any SessionEnding, limits: Limits = Limits()) {
        self.registry = registry
        self.store = store
        self.sessions = sessions
        self.limits = limits
        bucketName = registry.bucketName
        validation = UserValidation(bucketName: registry.bucketName)
        pages = PageValidation(key: registry.pageTokenKey, list: "users")
    }

    /// Refuses changes from now on, as `unavailable`, until ``accept()``.
    ///
    /// - Parameters:
    ///   - reason: for the log, such as `the service is stopping`.
    ///   - forGood: whether ``accept()`` has no effect any more.
    public func refuse(because reason: String, forGood: Bool = false) {
        refusal.withLock { $0 = (reason, $0.isFinal || forGood) }
    }

    /// Takes changes, as it does at first.
    public func accept() {
        refusal.withLock { if !$0.isFinal { $0.reason = nil } }
    }

    /// Makes a user with its home. The password is in the result and nowhere else.
    public func create(_ request: CreateUserRequest) async throws(ProvisioningError) -> (User, Password) {
        try checkNotRefused()
        let new = try validation.validate(request)
        let made = try await withHome(new.homeDirectory) { [registry, limits] in
            let (user, password) = try registry.createUser(
                homeDirectory: new.homeDirectory, description: new.description, passwordLength: new.passwordLength,
                maxUsers: limits.maxUsers)
            return NewUser(user: user, password: password)
        }
        return (made.user, made.password)
    }

    /// The user of that name.
    public func user(named username: String) async throws(ProvisioningError) -> User {
        guard let user = try await working({ [registry] in try registry.user(named: username) }) else {
            throw .noSuchUser
        }
        return user
    }

    /// Changes what the request names. A new home is made like that of a new user; open sessions keep the old one.
    ///
    /// - Parameter precondition: what must hold of the user when it is changed, or `preconditionFailed` is thrown and nothing
    ///   is changed; nobody else changes it in between.
    public func update(
        _ username: String, _ request: UpdateUserRequest,
        if precondition: @escaping @Sendable (User) -> Bool = { _ in true }
    ) async throws(ProvisioningError) -> User {
        try checkNotRefused()
        // Before the validation: with a wrong name nothing else about the request matters.
        _ = try await user(named: username)
        let changes = try validation.validate(request)
        let change = { @Sendable [registry] in
            let user = try registry.updateUser(
                named: username, description: changes.description, homeDirectory: changes.homeDirectory
            ) { user in
                guard precondition(user) else { throw ProvisioningError.preconditionFailed }
            }
            guard let user else { throw ProvisioningError.noSuchUser }
            return user
        }
        guard let homeDirectory = changes.homeDirectory else { return try await working(change) }
        return try await withHome(homeDirectory, change)
    }

    /// Gives the user the right to log in with weak algorithms, or takes it away: then the sessions that rest on it end,
    /// within a second.
    public func setAlgorithms(_ username: String, _ request: SetAlgorithmsRequest) async throws(ProvisioningError)
        -> User
    {
        try checkNotRefused()
        // Before the validation: with a wrong name nothing else about the request matters.
        _ = try await user(named: username)
        let isAllowed = try validation.validate(request)
        let changed = try await working { [registry] in
            try registry.setLegacyAlgorithms(isAllowed, named: username)
        }
        guard let changed else { throw .noSuchUser }
        // Also when the right was not there before: an earlier try may have failed between the two steps.
        if !isAllowed {
            await sessions.endWeakSessions(
                ofUser: username, reason: "the right to weak algorithms was taken away")
        }
        return changed
    }

    /// A page of all users in the order of creation.
    public func list(_ request: PageRequest) async throws(ProvisioningError) -> ListPage<User> {
        let page = try pages.validate(request)
        let users = try await working { [registry] in try registry.users(after: page.after, limit: page.size + 1) }
        return pages.page(users, of: page)
    }

    /// Deletes the user and ends its sessions, within a second. Its files stay.
    ///
    /// - Parameter precondition: what must hold of the user, as with ``update(_:_:if:)``.
    public func delete(
        _ username: String, if precondition: @escaping @Sendable (User) -> Bool = { _ in true }
    ) async throws(ProvisioningError) {
        try checkNotRefused()
        let isDeleted = try await working { [registry] in
            try registry.deleteUser(named: username) { user in
                guard precondition(user) else { throw ProvisioningError.preconditionFailed }
            }
        }
        guard isDeleted else { throw .noSuchUser }
        await sessions.endSessions(ofUser: username, reason: "the user was deleted")
    }

    private struct NewUser: Sendable {
        let user: User
        let password: Password
    }

    func checkNotRefused() throws(ProvisioningError) {
        if let reason = refusal.withLock({ $0.reason }) { throw .unavailable(reason: reason) }
    }

    func working<Value: Sendable>(
        _ work: @escaping @Sendable () throws -> Value
    ) async throws(ProvisioningError) -> Value {
        do {
            return try await working.run(work)
        } catch {
            throw ProvisioningError(error)
        }
    }

    /// Where those wait that could make, or undo, a directory on the way to the same home.
    private func turn(for homeDirectory: String) -> BlockingQueue {
        let first = homeDirectory.split(separator: "/", maxSplits: 1).first ?? ""
        return making[Int(UInt(bitPattern: first.hashValue) % UInt(making.count))]
    }

    /// Makes bucket and home, then runs `commit`; undoes the home when nothing was committed or nobody waits for it any more.
    private func withHome<Value: Sendable>(
        _ homeDirectory: String, _ commit: @escaping @Sendable () throws -> Value
    ) async throws(ProvisioningError) -> Value {
        do {
            return try await ProvisioningAttempt<Value>().run(on: turn(for: homeDirectory), timeout: limits.timeout) {
                [self] attempt in
                try store.provision(bucketName, isThere: hasBucket, homeDirectory, attempt, commit)
            }
        } catch {
            throw ProvisioningError(error)
        }
    }
}

extension HomeStore {
    /// Makes bucket and home and commits, in the stages of `attempt`.
    fileprivate func provision<Value: Sendable>(
        _ bucketName: String, isThere hasBucket: borrowing Atomic<Bool>, _ homeDirectory: String,
        _ attempt: ProvisioningAttempt<Value>, _ commit: () throws -> Value
    ) throws -> Value {
        guard attempt.advance(to: .makingBucket) else { throw ProvisioningError.bucketTimeout }
        if !hasBucket.load(ordering: .acquiring) {
            try makeBucket(bucketName)
            hasBucket.store(true, ordering: .releasing)
        }
        guard attempt.advance(to: .makingHome) else { throw ProvisioningError.homeTimeout }
        let home = try makeHome(bucket: bucketName, homeDirectory: homeDirectory)
        do {
            guard attempt.advance(to: .committing) else { throw ProvisioningError.homeTimeout }
            return try commit()
        } catch let error as RegistryError where error.leavesDoubt {
            // The user may be there after the next start, and then has its home. If it never is, an empty directory is left, in
            // which the next try finds its home made.
            throw error
        } catch {
            undo(home)
            throw error
        }
    }
}
