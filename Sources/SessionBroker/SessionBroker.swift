import Audit
import BucketStore
import Foundation
import Logging
import Metrics
import Registry
import ServiceLifecycle
import SessionControl
import Synchronization

/// The control plane's end of the data plane: starts or meets the listener, decides about logins, ends sessions.
///
/// It has one thread with an event loop (``BrokerLoop``), since its sockets carry descriptors; everything else reaches it
/// through a mailbox.
public final class SessionBroker: Service, Sendable {
    /// Where the listener comes from.
    public enum DataPlane: Sendable, Equatable {
        /// The broker starts this executable, and again when it dies; both end together.
        case spawned(executable: String)
        /// The listener, which somebody else starts, connects to a socket at this path.
        case connecting(socketPath: String)
    }

    /// What a broker needs to know.
    public struct Options: Sendable {
        /// Where the listener comes from.
        public var dataPlane: DataPlane
        /// What the listener is told.
        public var configuration: DataPlaneConfiguration
        /// How logins are protected from guessing.
        public var protection: LoginProtection
        /// What the sessions of one user may use together.
        public var userLimits: UserLimits
        /// How many messages a session may send.
        public var messageRate: MessageRate

        /// Options.
        public init(
            dataPlane: DataPlane, configuration: DataPlaneConfiguration,
            protection: LoginProtection = LoginProtection(), userLimits: UserLimits = UserLimits(),
            messageRate: MessageRate = MessageRate()
        ) {
            self.dataPlane = dataPlane
            self.configuration = configuration
            self.protection = protection
            self.userLimits = userLimits
            self.messageRate = messageRate
        }
    }

    /// Where the data plane is, as others may ask.
    struct State {
        var status: DataPlaneStatus?
        /// What it was when the data plane was last ready.
        var lastStatus: DataPlaneStatus?
        /// Why the data plane does not serve; nil when it does.
        var problem: String? = "the SFTP listener has not started yet"
        var figures = BrokerFigures()
        var waiting: [CheckedContinuation<Void, Never>] = []
        var end: Result<Void, any Error>?
        var ending: [CheckedContinuation<Void, any Error>] = []
    }

    /// How long the end of a user's sessions is waited for.
    public static let endTimeout = Duration.seconds(1)

    let options: Options
    let registry: Registry
    let store: BucketStore
    let logger: Logger
    let audit: any AuditTrail
    let metrics: any MetricsFactory
    let mailbox = BrokerMailbox()
    let state = Mutex(State())

    /// A broker that has not started.
    public init(
        options: Options, registry: Registry, store: BucketStore, logger: Logger,
        audit: any AuditTrail = NoAuditTrail(), metrics: any MetricsFactory = MetricsSystem.factory
    ) {
        self.options = options
        self.registry = registry
        self.store = store
        self.logger = logger
        self.audit = audit
        self.metrics = metrics
    }

    /// Serves until the surrounding task is told to shut down: running transfers may finish within the configured time,
    /// where the listener is the broker's own.
    ///
    /// - Throws: when the broker's sockets can't be opened, or the listener can't serve as configured at the start.
    public func run() async throws {
        let thread = Thread { [self] in
            let outcome: Result<Void, any Error>
            do {
                let loop = try BrokerLoop(broker: self)
                outcome = Result { try loop.run() }
            } catch {
                outcome = .failure(error)
            }
            finish(outcome)
        }
        thread.name = "session-broker"
        try await withGracefulShutdownHandler {
            try await withTaskCancellationHandler {
                thread.start()
                try await waitForEnd()
            } onCancel: {
                self.mailbox.post(.stopNow)
            }
        } onGracefulShutdown: {
            self.mailbox.post(.stop)
        }
    }

    /// Ends the open sessions of a user, and returns when they have ended: within ``endTimeout``.
    public func endSessions(ofUser username: String, reason: String) async {
        await end(.user(username), reason: reason)
    }

    /// Ends those open sessions of a user that rest on weak algorithms, as ``endSessions(ofUser:reason:)`` does.
    public func endWeakSessions(ofUser username: String, reason: String) async {
        await end(.weak(ofUser: username), reason: reason)
    }

    private func end(_ selection: SessionSelection, reason: String) async {
        await withCheckedContinuation { continuation in
            ask(.endSessions(selection, reason: reason) { continuation.resume() })
        }
    }

    /// Posts a command that somebody waits for.
    func ask(_ command: BrokerCommand) {
        // Under the lock: once `end` is set nobody reads the mailbox any more.
        let isPosted = state.withLock { state in
            guard state.end == nil else { return false }
            mailbox.post(command)
            return true
        }
        if !isPosted { command.abandon() }
    }

    /// Ends everything at once.
    public func stopNow() {
        mailbox.post(.stopNow)
    }

    /// Returns once ``run()`` has ended.
    public func waitUntilEnded() async {
        try? await waitForEnd()
    }

    /// The data plane's addresses, layers and keys; nil while it does not listen.
    public var status: DataPlaneStatus? { state.withLock { $0.status } }

    /// The same as they were when the data plane last listened; nil when it never did.
    public var lastStatus: DataPlaneStatus? { state.withLock { $0.lastStatus } }

    /// Whether the data plane listens and answers.
    public var isReady: Bool { readinessProblems.isEmpty }

    /// Why the data plane does not serve; empty when it does.
    public var readinessProblems: [String] { state.withLock { $0.problem.map { [$0] } ?? [] } }

    /// Stops, as ``run()`` does when its task is told to shut down.
    public func stop() {
        mailbox.post(.stop)
    }

    /// What there is at the moment.
    public var figures: BrokerFigures { state.withLock { $0.figures } }

    /// Why ``run()`` has ended; nil when it runs, or ended as it was told.
    public var failure: (any Error)? {
        guard case .failure(let error) = state.withLock({ $0.end }) else { return nil }
        return error
    }

    /// Returns once the data plane listens, or the broker has ended.
    public func waitUntilReady() async {
        await withCheckedContinuation { continuation in
            let isOver = state.withLock { state in
                if state.status != nil || state.end != nil { return true }
                state.waiting.append(continuation)
                return false
            }
            if isOver { continuation.resume() }
        }
    }

    func update(status: DataPlaneStatus?, problem: String = "") {
        let waiting = state.withLock { state in
            state.status = status
            state.lastStatus = status ?? state.lastStatus
            state.problem = status == nil ? problem : nil
            guard status != nil else { return [CheckedContinuation<Void, Never>]() }
            defer { state.waiting = [] }
            return state.waiting
        }
        for continuation in waiting { continuation.resume() }
    }

    /// Notes that the data plane, which listens, does not answer, or that it does again.
    func update(problem: String?) {
        state.withLock { state in
            if state.status != nil { state.problem = problem }
        }
    }

    private func waitForEnd() async throws {
        try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
            let end = state.withLock { state in
                if state.end == nil { state.ending.append(continuation) }
                return state.end
            }
            if let end { continuation.resume(with: end) }
        }
    }

    private func finish(_ outcome: Result<Void, any Error>) {
        let (ending, waiting) = state.withLock { state in
            state.end = outcome
            state.status = nil
            state.problem = "the SFTP listener has ended"
            defer { (state.ending, state.waiting) = ([], []) }
            return (state.ending, state.waiting)
        }
        // Nobody reads the mailbox any more.
        for command in mailbox.takeAll() { command.abandon() }
        for continuation in waiting { continuation.resume() }
        for continuation in ending { continuation.resume(with: outcome) }
    }
}
