import Foundation
import Glibc
import HTTPTypes
import NIOHTTP1
import Testing

@testable import ManagementAPI

/// Sends bytes and gives all that comes until the server closes the connection. What comes is expected to be as the OpenAPI
/// document says.
func exchange(_ request: String, port: Int) async throws -> String {
    let answer = try await withCheckedThrowingContinuation { continuation in
        Thread.detachNewThread {
            continuation.resume(with: Result { try blockingExchange(Array(request.utf8), port: UInt16(port)) })
        }
    }
    let faults = try DocumentedAPI.shared.get().faults(sent: request, received: answer)
    #expect(faults.isEmpty, "not as in the OpenAPI document: \(answer)")
    return answer
}

extension DocumentedAPI {
    /// What the document says otherwise of the answers to these bytes. The first answer is one to the first request, whether
    /// or not it can be read as one.
    func faults(sent: String, received: String) -> [String] {
        var requests = RawMessages(sent)
        var answers = RawMessages(received)
        var faults: [String] = []
        while !answers.isAtEnd {
            let request = requests.next().flatMap(Self.request)
            let hasBody = request?.method != .head
            var message = answers.next(hasBody: hasBody)
            // RFC 9110 section 15.2: another one follows.
            while message?.status.map({ $0 < 200 }) == true { message = answers.next(hasBody: hasBody) }
            guard let message, message.isWhole, let status = message.status else {
                return faults + ["it is no whole answer"]
            }
            let answer = Answer(status: status, headers: message.fields, text: message.body)
            if let request {
                faults += self.faults(request.method, request.target, answer)
            } else {
                faults += answer.status < 400 ? ["what is no request is answered"] : self.faults(ofError: answer)
            }
        }
        return faults
    }

    private static func request(_ message: RawMessages.Message) -> (method: HTTPRequest.Method, target: String)? {
        guard message.start.count == 3, let method = HTTPRequest.Method(rawValue: message.start[0]),
            let target = RequestRules.originForm(of: message.start[1], method: HTTPMethod(rawValue: message.start[0]))
        else { return nil }
        return (method, target)
    }
}

/// Messages of HTTP/1.1 (RFC 9112), one behind the other. What is chunked has no body here.
private struct RawMessages {
    struct Message {
        /// The words of the first line.
        let start: [String]
        let fields: HTTPFields
        let body: String
        /// Whether the body is as long as it should be.
        let isWhole: Bool

        /// Of a response.
        var status: Int? { start.count > 1 ? Int(start[1]) : nil }
    }

    private var left: ArraySlice<UInt8>

    init(_ text: String) {
        left = Array(text.utf8)[...]
    }

    var isAtEnd: Bool { left.isEmpty }

    /// The next one; nil where no head is whole.
    mutating func next(hasBody: Bool = true) -> Message? {
        guard let end = left.firstRange(of: Array("\r\n\r\n".utf8)) else { return nil }
        let lines = String(decoding: left[..<end.lowerBound], as: UTF8.self).split(whereSeparator: \.isNewline)
        var fields = HTTPFields()
        for line in lines.dropFirst() {
            guard let colon = line.firstIndex(of: ":"), let name = HTTPField.Name(String(line[..<colon])) else {
                continue
            }
            let value = line[line.index(after: colon)...].drop { $0 == " " }
            fields.append(HTTPField(name: name, value: String(value)))
        }
        if fields[.transferEncoding] != nil {
            let last = left[end.upperBound...].firstRange(of: Array("0\r\n\r\n".utf8))
            left = left[(last?.upperBound ?? left.endIndex)...]
            return Message(start: Self.words(lines.first), fields: fields, body: "", isWhole: last != nil)
        }
        let length = hasBody ? fields[.contentLength].flatMap { Int($0) } ?? 0 : 0
        let body = left[end.upperBound...].prefix(max(0, length))
        left = left[end.upperBound...].dropFirst(body.count)
        return Message(
            start: Self.words(lines.first), fields: fields,
            body: String(decoding: body, as: UTF8.self), isWhole: body.count == length)
    }

    private static func words(_ line: Substring?) -> [String] {
        line?.split(separator: " ").map(String.init) ?? []
    }
}

private struct SocketError: Error {
    let code: CInt
}

private func blockingExchange(_ request: [UInt8], port: UInt16) throws -> String {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    guard descriptor >= 0 else { throw SocketError(code: errno) }
    defer { close(descriptor) }
    // Tests that compute keep all of Swift's few threads for seconds.
    var limit = timeval(tv_sec: 60, tv_usec: 0)
    setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = inet_addr("127.0.0.1")
    let connected = withUnsafePointer(to: &address) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
            connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
        }
    }
    guard connected == 0 else { throw SocketError(code: errno) }
    var sent = 0
    while sent < request.count {
        let count = request[sent...].withUnsafeBytes {
            send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
        }
        guard count > 0 else { break }
        sent += count
    }
    var answer: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while true {
        let count = recv(descriptor, &buffer, buffer.count, 0)
        if count < 0, errno == EAGAIN { throw SocketError(code: errno) }
        guard count > 0 else { break }
        answer += buffer.prefix(count)
    }
    return String(decoding: answer, as: UTF8.self)
}
