import Logging
import NIOCore
import Synchronization

/// Tells the operator that somebody is refused: the first time at once, then at most once a minute with how many there were.
final class RefusalLog: Sendable {
    private struct Entry {
        var count = 0
        var saidAt: NIODeadline?
    }

    private let logger: Logger
    private let entries = Mutex<[String: Entry]>([:])

    init(logger: Logger) {
        self.logger = logger
    }

    /// - Parameters:
    ///   - message: what happened, one of few.
    ///   - setting: the one that it was refused by.
    func note(_ message: String, by setting: String, _ details: Logger.Metadata) {
        let (key, now) = (message + setting, NIODeadline.now())
        let count = entries.withLock { entries -> Int? in
            var entry = entries[key] ?? Entry()
            entry.count += 1
            defer { entries[key] = entry }
            if let saidAt = entry.saidAt, now - saidAt < .minutes(1) { return nil }
            defer { (entry.count, entry.saidAt) = (0, now) }
            return entry.count
        }
        guard let count else { return }
        let fields: Logger.Metadata = ["count": "\(count)", "setting": "\(setting)"]
        logger.warning("\(message)", metadata: fields.merging(details) { $1 })
    }
}
