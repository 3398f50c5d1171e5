import Logging
import Synchronization

/// Keeps what was logged.
package final class LogRecorder: Sendable {
    /// Something that was logged.
    package struct Event: Sendable {
        /// Its level and its message.
        package let message: String
        /// Its fields and its logger's.
        package let fields: [String: String]

        /// The message, a space, and the fields in the order of their names.
        package var line: String {
            "\(message) " + fields.sorted { $0.key < $1.key }.map { "\($0)=\($1)" }.joined(separator: " ")
        }
    }

    private let kept = Mutex<[Event]>([])

    package init() {}

    /// A logger whose events are kept here, whatever their level.
    package var logger: Logger { Logger(label: "test") { _ in Handler(recorder: self) } }

    package var events: [Event] { kept.withLock(\.self) }

    /// Levels and messages, without fields.
    package var messages: [String] { events.map(\.message) }

    /// All lines as one text.
    package var text: String { events.map(\.line).joined(separator: "\n") }

    /// The lines that begin with a level and a message.
    package func lines(_ start: String) -> [String] { events.map(\.line).filter { $0.hasPrefix(start) } }

    private struct Handler: LogHandler {
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.debug
        let recorder: LogRecorder

        init(recorder: LogRecorder) { self.recorder = recorder }

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            let fields = metadata.merging(event.metadata ?? [:]) { $1 }.mapValues { "\($0)" }
            recorder.kept.withLock { $0.append(Event(message: "\(event.level) \(event.message)", fields: fields)) }
        }
    }
}
