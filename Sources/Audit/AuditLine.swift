import Foundation
import Glibc

/// An event as one line of JSON: first the members that every event has, in this order, then its details.
enum AuditLine {
    /// The line with its newline.
    static func bytes(_ event: AuditEvent, at time: Date) -> [UInt8] {
        var json = JSONLine()
        json.member("time", timestamp(time))
        json.member("event", event.name.rawValue)
        json.member("outcome", event.outcome.rawValue)
        append(event.actor, to: &json)
        if let address = event.address { json.member("address", address) }
        if let session = event.session { json.member("session", session) }
        if let request = event.request { json.member("request", request) }
        for detail in event.details {
            switch detail.value {
            case .text(let text): json.member(detail.name, text)
            case .texts(let texts): json.member(detail.name, texts)
            case .number(let number): json.member(detail.name, number)
            case .flag(let flag): json.member(detail.name, flag)
            }
        }
        return json.finished
    }

    private static func append(_ actor: AuditEvent.Actor, to json: inout JSONLine) {
        json.begin("actor")
        switch actor {
        case .apiKey(let id, let name):
            json.member("kind", "api_key")
            // As the API and the command line show it.
            json.member("id", String(id))
            json.member("name", name)
        case .user(let name):
            json.member("kind", "user")
            json.member("name", name)
        case .unknown(let claimed):
            json.member("kind", "unknown")
            if let claimed { json.member("name", SecretForm.isPassword(claimed) ? SecretForm.withheld : claimed) }
        case .machineUser(let id, let name):
            json.member("kind", "machine_user")
            json.member("id", String(id))
            if let name { json.member("name", name) }
        case .service:
            json.member("kind", "service")
        }
        json.end()
    }

    /// RFC 3339 in UTC with milliseconds: `2026-11-23T16:49:52.123Z`.
    static func timestamp(_ time: Date) -> String {
        // Over microseconds: a time of whole milliseconds is often a little less in binary.
        let microseconds = Int64(exactly: (time.timeIntervalSince1970 * 1_000_000).rounded()) ?? 0
        let milliseconds = max(0, microseconds / 1_000)
        var seconds = time_t(milliseconds / 1_000)
        var parts = tm()
        gmtime_r(&seconds, &parts)
        return digits(Int(parts.tm_year) + 1_900, 4) + "-" + digits(Int(parts.tm_mon) + 1, 2) + "-"
            + digits(Int(parts.tm_mday), 2) + "T" + digits(Int(parts.tm_hour), 2) + ":" + digits(Int(parts.tm_min), 2)
            + ":" + digits(Int(parts.tm_sec), 2) + "." + digits(Int(milliseconds % 1_000), 3) + "Z"
    }

    private static func digits(_ number: Int, _ count: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, count - digits.count)) + digits
    }
}

/// A JSON object in one line, written member by member.
private struct JSONLine {
    private var text = "{"
    private var isFirst = true

    var finished: [UInt8] { Array((text + "}\n").utf8) }

    mutating func member(_ name: String, _ value: String) {
        label(name)
        append(value)
    }

    mutating func member(_ name: String, _ values: [String]) {
        label(name)
        text += "["
        for (place, value) in values.enumerated() {
            if place > 0 { text += "," }
            append(value)
        }
        text += "]"
    }

    mutating func member(_ name: String, _ value: Int64) {
        label(name)
        text += String(value)
    }

    mutating func member(_ name: String, _ value: Bool) {
        label(name)
        text += value ? "true" : "false"
    }

    /// Begins an object in the object.
    mutating func begin(_ name: String) {
        label(name)
        text += "{"
        isFirst = true
    }

    mutating func end() {
        text += "}"
        isFirst = false
    }

    private mutating func label(_ name: String) {
        if !isFirst { text += "," }
        isFirst = false
        append(name)
        text += ":"
    }

    /// RFC 8259 section 7. What a terminal would not show as a character is escaped, too.
    private mutating func append(_ value: String) {
        text += "\""
        for scalar in SecretForm.withoutKeys(value).unicodeScalars {
            switch scalar {
            case "\"": text += "\\\""
            case "\\": text += "\\\\"
            case "\n": text += "\\n"
            case "\r": text += "\\r"
            case "\t": text += "\\t"
            case " "..."~": text.unicodeScalars.append(scalar)
            default:
                switch scalar.properties.generalCategory {
                case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator:
                    for unit in String(scalar).utf16 {
                        let digits = String(unit, radix: 16)
                        text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
                    }
                default: text.unicodeScalars.append(scalar)
                }
            }
        }
        text += "\""
    }
}
