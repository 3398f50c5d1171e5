import Foundation
import Logging
import Registry

/// One event as one line: time, level, message, then `key=value` by key.
enum LogLine {
    /// Bytes of a line with its newline: what a pipe takes in one piece (`PIPE_BUF`), so that lines of several processes
    /// don't mix.
    static let limitBytes = 4_096

    /// The line with its newline.
    static func text(time: Date, level: Logger.Level, message: String, metadata: Logger.Metadata) -> String {
        let name = level.rawValue
        var line = timestamp(time) + " " + name + String(repeating: " ", count: max(0, 5 - name.count)) + " "
        line += LogText.escaped(message)
        for (key, value) in metadata.sorted(by: { $0.key < $1.key }) {
            line += " " + key.unicodeScalars.map { isKey($0) ? String($0) : "_" }.joined()
            line += "=" + LogText.field(text(value))
        }
        guard line.utf8.count >= limitBytes else { return line + "\n" }
        let mark = "…\n"
        var cut = line.utf8.index(line.startIndex, offsetBy: limitBytes - mark.utf8.count)
        while cut.samePosition(in: line.unicodeScalars) == nil { cut = line.utf8.index(before: cut) }
        return line[..<cut] + mark
    }

    /// RFC 3339 in UTC with milliseconds: `2026-11-23T16:49:52.123Z`.
    static func timestamp(_ time: Date) -> String {
        // Over microseconds: a time of whole milliseconds is often a little less in binary.
        let microseconds = Int64(exactly: (time.timeIntervalSince1970 * 1_000_000).rounded()) ?? 0
        let milliseconds = max(0, microseconds / 1_000)
        let (seconds, fraction) = milliseconds.quotientAndRemainder(dividingBy: 1_000)
        let second = seconds % 86_400
        return CalendarDate(secondsSinceEpoch: seconds).description + "T" + digits(second / 3_600, 2) + ":"
            + digits(second / 60 % 60, 2) + ":" + digits(second % 60, 2) + "." + digits(fraction, 3) + "Z"
    }

    private static func digits(_ number: Int64, _ count: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, count - digits.count)) + digits
    }

    private static func text(_ value: Logger.MetadataValue) -> String {
        switch value {
        case .string(let text): text
        case .stringConvertible(let value): value.description
        case .array(let values): values.map(text).joined(separator: ",")
        case .dictionary(let values):
            values.sorted { $0.key < $1.key }.map { "\($0.key):\(text($0.value))" }.joined(separator: ",")
        }
    }

    private static func isKey(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "a"..."z", "A"..."Z", "0"..."9", "_", ".", "-": true
        default: false
        }
    }
}
