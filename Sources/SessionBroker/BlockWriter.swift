import Dispatch
import Logging
import Registry
import Synchronization

/// Writes blocks to the registry, in their order and off the broker's thread: no login waits for the disk.
final class BlockWriter: Sendable {
    /// Writes that wait, before further ones are dropped: blocks hold all the same until the next restart.
    private static let waitingMax = 1_024

    private let registry: Registry
    private let logger: Logger
    private let queue = DispatchQueue(label: "session-broker.blocks")
    private let waiting = Mutex(0)

    init(registry: Registry, logger: Logger) {
        self.registry = registry
        self.logger = logger
    }

    /// Keeps a block; `completion` is called once it would outlive a crash and a loss of power, or can't be kept.
    func save(_ block: BlockedSource, completion: @escaping @Sendable () -> Void) {
        start(completion) { [registry] in try registry.save(block) }
    }

    func remove(_ sources: [String]) {
        guard !sources.isEmpty else { return }
        start({}) { [registry] in try registry.removeBlocks(of: sources) }
    }

    /// Calls `completion` when all that was started is written, or could not be.
    func afterwards(_ completion: @escaping @Sendable () -> Void) {
        queue.async(execute: completion)
    }

    /// Removes the block of one source and says what came of it.
    func remove(_ source: String, completion: @escaping @Sendable (Result<Void, RegistryError>) -> Void) {
        queue.async { [registry] in
            do {
                completion(.success(try registry.removeBlocks(of: [source])))
            } catch {
                completion(.failure(RegistryError(error)))
            }
        }
    }

    /// Returns when everything is written, or could not be.
    func finish() {
        queue.sync {}
    }

    private func start(
        _ completion: @escaping @Sendable () -> Void, _ write: @escaping @Sendable () throws -> Void
    ) {
        let isRoom = waiting.withLock { waiting in
            guard waiting < Self.waitingMax else { return false }
            waiting += 1
            return true
        }
        guard isRoom else {
            logger.error("a block is not written: too many wait")
            return completion()
        }
        queue.async { [self] in
            defer {
                waiting.withLock { $0 -= 1 }
                completion()
            }
            do { try write() } catch {
                logger.error(
                    "a block is not written: it would not outlive a restart",
                    metadata: ["reason": "\(RegistryError(error))"])
            }
        }
    }
}
