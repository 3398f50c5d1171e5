import Foundation

/// A response as it came over a socket.
struct RawAnswer: CustomStringConvertible {
    let status: Int
    /// Names in lower case.
    let headers: [String: String]
    let body: String

    /// All of a connection, one after the other; what is no response ends it.
    static func all(in bytes: [UInt8]) -> [RawAnswer] {
        var answers: [RawAnswer] = []
        var rest = String(decoding: bytes, as: UTF8.self)[...]
        while let end = rest.range(of: "\r\n\r\n"), rest.hasPrefix("HTTP/1.1 ") {
            let lines = rest[..<end.lowerBound].components(separatedBy: "\r\n")
            var headers: [String: String] = [:]
            for line in lines.dropFirst() {
                let parts = line.split(separator: ":", maxSplits: 1)
                headers[parts[0].lowercased()] = parts.count > 1 ? parts[1].trimmingCharacters(in: .whitespaces) : ""
            }
            rest = rest[end.upperBound...]
            // The bodies of the API are ASCII.
            let body = rest.prefix(headers["content-length"].flatMap { Int($0) } ?? 0)
            rest = rest.dropFirst(body.count)
            let status = lines[0].split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
            answers.append(RawAnswer(status: status, headers: headers, body: String(body)))
        }
        return answers
    }

    /// Status, name of the error, and the members that are wrong: `400 ValidationException /description`.
    var description: String {
        let json = (try? JSONSerialization.jsonObject(with: Data(body.utf8))) as? [String: Any] ?? [:]
        let fields = (json["fieldList"] as? [[String: Any]] ?? []).compactMap { $0["path"] as? String }
        let name = headers["x-amzn-errortype"].map { $0 == json["code"] as? String ? $0 : "\($0) and \(json)" }
        return (["\(status)", name].compactMap(\.self) + fields.sorted()).joined(separator: " ")
    }
}
