import Foundation

/// A connection to the management API that stays open from one request to the next, and that can be cut in the middle of
/// one.
package final class HTTPConnection {
    /// When a client goes away.
    package enum Cut {
        case never
        /// Before the request is whole.
        case inRequest
        /// Afterwards, without having read anything of the answer: at once, or when it comes within these seconds.
        case beforeAnswer(waiting: Double)
    }

    private let port: UInt16
    private let key: String?
    private var connection: TCPConnection?

    /// A client of the API at a port of 127.0.0.1. It connects with its first request, and anew after a connection ended.
    package init(port: UInt16, key: String?) {
        self.port = port
        self.key = key
    }

    /// Sends a request to a path as it is, version included; nil when no answer to it has come.
    package func send(
        _ method: String, _ path: String, body: String? = nil, headers: [String: String] = [:], key: String? = nil,
        cut: Cut = .never
    ) throws -> API.Response? {
        let connection = try self.connection ?? TCPConnection(port: port)
        self.connection = nil
        var head = ["\(method) \(path) HTTP/1.1", "Host: 127.0.0.1:\(port)"]
        if let key = key ?? self.key { head.append("Authorization: Key \(key)") }
        if let body { head += ["Content-Type: application/json", "Content-Length: \(body.utf8.count)"] }
        head += headers.map { "\($0): \($1)" }
        let message = Array((head.joined(separator: "\r\n") + "\r\n\r\n" + (body ?? "")).utf8)
        switch cut {
        case .never: break
        case .inRequest:
            connection.send(Array(message.dropLast(3)))
            return nil
        case .beforeAnswer(let seconds):
            if connection.send(message), seconds > 0 { _ = connection.receive(seconds: seconds) }
            return nil
        }
        guard connection.send(message), let answer = Self.answer(from: connection) else { return nil }
        if answer.headers["connection"] != "close" { self.connection = connection }
        return answer
    }

    private static func answer(from connection: TCPConnection) -> API.Response? {
        var received: [UInt8] = []
        while true {
            guard let bytes = connection.receive(seconds: 30) else { return nil }
            received += bytes
            let text = String(decoding: received, as: UTF8.self)
            guard let end = text.range(of: "\r\n\r\n") else { continue }
            let answer = API.Response(message: text)
            // An answer without a length has no body (204).
            let length = answer.headers["content-length"].flatMap { Int($0) } ?? 0
            if text[end.upperBound...].utf8.count >= length { return answer }
        }
    }
}
