import Glibc

/// Writes events of the data plane to standard error: one line and one write(2) each.
///
/// A line is `2026-07-25T08:48:59.523Z info  message key=value`, the form that `berthd` writes too. Values that hold
/// anything but plain characters are quoted and escaped, so that foreign text can't forge a line.
struct Log {
    enum Level: String {
        case debug = "debug"
        case info = "info "
        case warning = "warning"
        case error = "error"
    }

    /// Whether ``Level/debug`` is written.
    var writesDebug = false
    /// Whether nothing but ``Level/error`` is written.
    var isQuiet = false

    /// The longest value of a key in bytes; the rest is cut.
    private static let valueLimit = 1_024

    func callAsFunction(_ level: Level, _ message: StaticString, _ values: KeyValuePairs<StaticString, String> = [:]) {
        if level == .debug, !writesDebug { return }
        if level != .error, isQuiet { return }
        var line = Self.timestamp()
        line.append(" \(level.rawValue) \(message)")
        for (key, value) in values {
            line.append(" \(key)=")
            Self.append(value, to: &line)
        }
        line.append("\n")
        var text = line
        text.withUTF8 { bytes in
            _ = write(STDERR_FILENO, bytes.baseAddress, bytes.count)
        }
    }

    /// The time in UTC, RFC 3339 with milliseconds.
    private static func timestamp() -> String {
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        var parts = tm()
        gmtime_r(&now.tv_sec, &parts)
        func padded(_ value: Int, _ width: Int) -> String {
            let digits = String(value)
            return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
        }
        let date = "\(padded(Int(parts.tm_year) + 1900, 4))-\(padded(Int(parts.tm_mon) + 1, 2))-"
        let day = "\(padded(Int(parts.tm_mday), 2))T\(padded(Int(parts.tm_hour), 2)):\(padded(Int(parts.tm_min), 2)):"
        return date + day + "\(padded(Int(parts.tm_sec), 2)).\(padded(now.tv_nsec / 1_000_000, 3))Z"
    }

    private static func append(_ value: String, to line: inout String) {
        let plain = value.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"):
                true
            default:
                "_./:@+,-[]".utf8.contains(byte)
            }
        }
        if plain, !value.isEmpty, value.utf8.count <= valueLimit {
            line.append(value)
            return
        }
        line.append("\"")
        for byte in value.utf8.prefix(valueLimit) {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"):
                line.append("\\")
                line.unicodeScalars.append(Unicode.Scalar(byte))
            case 0x20...0x7e:
                line.unicodeScalars.append(Unicode.Scalar(byte))
            default:
                line.append(byte < 16 ? "\\x0" : "\\x")
                line.append(String(byte, radix: 16))
            }
        }
        line.append(value.utf8.count > valueLimit ? "…\"" : "\"")
    }
}
