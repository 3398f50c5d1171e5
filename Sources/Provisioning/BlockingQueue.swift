import Foundation

/// Threads for work that waits for the disk, so that Swift concurrency's few are never held up.
public final class BlockingQueue: Sendable {
    private let queue: OperationQueue

    /// A queue that does up to `width` pieces of work at once.
    public init(width: Int) {
        queue = OperationQueue()
        queue.maxConcurrentOperationCount = width
        queue.name = "berth-blocking"
    }

    /// Does `work` on one of the threads.
    public func run<Value: Sendable>(_ work: @escaping @Sendable () throws -> Value) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            queue.addOperation { continuation.resume(with: Result(catching: work)) }
        }
    }

    /// Does `work` on one of the threads and doesn't wait for it.
    func start(_ work: @escaping @Sendable () -> Void) {
        queue.addOperation(work)
    }
}
