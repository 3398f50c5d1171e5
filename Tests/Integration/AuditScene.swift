import Foundation
import ServiceTestSupport

/// The audit log of a daemon, with everything that differs from run to run by a name of its own.
struct AuditScene {
    let path: String

    init(_ daemon: Daemon) { path = daemon.data + "/audit.jsonl" }

    init(path: String) { self.path = path }

    /// The lines as they are.
    var raw: [String] {
        ((try? String(contentsOfFile: path, encoding: .utf8)) ?? "").split(separator: "\n").map(String.init)
    }

    /// The lines without times, which have to grow, and with S1, S2, … for sessions and P for ports.
    func lines(_ names: [String: String] = [:]) -> [String] {
        var sessions: [String: String] = [:]
        var last = ""
        return raw.map { line in
            var line = line
            if let time = line.firstMatch(of: /^\{"time":"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z)",/) {
                line = String(time.1) < last ? "NOT IN ORDER \(line)" : "{" + line[time.range.upperBound...]
                last = String(time.1)
            }
            if let session = line.firstMatch(of: /"session":"([0-9a-f]{16})"/)?.1 {
                let name = sessions[String(session)] ?? "S\(sessions.count + 1)"
                sessions[String(session)] = name
                line = line.replacingOccurrences(of: session, with: name)
            }
            line.replace(/"address":"127\.0\.0\.1:\d+"/, with: #""address":"127.0.0.1:P""#)
            line.replace(/"seconds":\d+/, with: #""seconds":N"#)
            for (text, name) in names { line = line.replacingOccurrences(of: text, with: name) }
            return line
        }
    }

    /// Waits until a line holds the text.
    func waitForLine(containing text: String, seconds: Double = 10) -> Bool {
        eventually(seconds: seconds) { raw.contains { $0.contains(text) } }
    }
}
