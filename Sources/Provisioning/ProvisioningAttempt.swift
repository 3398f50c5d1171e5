import Foundation
import Synchronization

/// A piece of provisioning that somebody waits for, up to a deadline.
///
/// Until the registry is written the wait may be given up: the work then learns of it before it commits, and undoes what it
/// made. From there on the answer is waited for, so nobody is told of a failure that was none.
final class ProvisioningAttempt<Value: Sendable>: Sendable {
    /// How far the work has come.
    enum Stage: Sendable {
        case makingBucket
        case makingHome
        case committing
        case abandoned
    }

    private struct State {
        var stage = Stage.makingBucket
        var continuation: CheckedContinuation<Value, any Error>?
    }

    private let state = Mutex(State())

    /// Starts `work` on `queue` and waits for its end, or for the deadline.
    func run(
        on queue: BlockingQueue, timeout: Duration,
        _ work: @escaping @Sendable (ProvisioningAttempt<Value>) throws -> Value
    ) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            state.withLock { $0.continuation = continuation }
            queue.start { self.finish(Result { try work(self) }) }
            let deadline = DispatchTime.now() + .milliseconds(Int(timeout / .milliseconds(1)))
            DispatchQueue.global().asyncAfter(deadline: deadline) { self.abandon() }
        }
    }

    /// Notes that the work goes on to `stage`; false when nobody waits any more.
    func advance(to stage: Stage) -> Bool {
        state.withLock { state in
            guard state.stage != .abandoned else { return false }
            state.stage = stage
            return true
        }
    }

    private func finish(_ result: Result<Value, any Error>) {
        take { _ in true }?.continuation.resume(with: result)
    }

    private func abandon() {
        guard let taken = take({ $0 != .committing }) else { return }
        let error: ProvisioningError = taken.stage == .makingBucket ? .bucketTimeout : .homeTimeout
        taken.continuation.resume(throwing: error)
    }

    /// Takes the continuation, which is answered once, if it is still there and the stage is right.
    private func take(_ isRight: (Stage) -> Bool) -> (
        continuation: CheckedContinuation<Value, any Error>, stage: Stage
    )? {
        state.withLock { state in
            guard let continuation = state.continuation, isRight(state.stage) else { return nil }
            let stage = state.stage
            state.continuation = nil
            state.stage = .abandoned
            return (continuation, stage)
        }
    }
}
