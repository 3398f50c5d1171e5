import Foundation
import Glibc
import Logging

/// Writes each event as one line to a descriptor, standard error by default, with one `write(2)`.
struct LineLogHandler: LogHandler {
    var metadata: Logger.Metadata = [:]
    var logLevel: Logger.Level
    private let descriptor: CInt

    init(level: Logger.Level, descriptor: CInt = STDERR_FILENO) {
        logLevel = level
        self.descriptor = descriptor
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        var fields = metadata.merging(event.metadata ?? [:]) { $1 }
        if let error = event.error { fields["error"] = "\(error)" }
        let line = LogLine.text(time: Date(), level: event.level, message: event.message.description, metadata: fields)
        write(Array(line.utf8))
    }

    /// What can't be written is lost: there is no place left to say so.
    private func write(_ bytes: [UInt8]) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            guard count > 0 else {
                if count < 0, errno == EINTR { continue }
                return
            }
            rest = rest.dropFirst(count)
        }
    }
}
