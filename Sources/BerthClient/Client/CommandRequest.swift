import FoundationEssentials

/// A request as it goes on the wire, but for the endpoint and the key.
public struct CommandRequest: Sendable, Equatable {
    enum Method: String, Sendable {
        case get = "GET"
        case post = "POST"
        case put = "PUT"
        case delete = "DELETE"
    }

    /// Which of the service's two APIs.
    enum Interface: Sendable {
        /// The documented one.
        case sftp
        /// Berth's own.
        case berth
    }

    struct QueryItem: Sendable, Equatable {
        let name: String
        let value: String
    }

    let method: Method
    let interface: Interface
    /// The segments behind the base, in clear.
    let path: [String]
    var query: [QueryItem] = []
    var headers: [String: String] = [:]
    var body: Data?
    /// Whether carrying it out twice is the same as once.
    var isIdempotent: Bool
    /// Whether it asks for a change: what only reads leaves nothing to look for.
    var isOfChange: Bool { method != .get }

    /// A request without a body.
    ///
    /// - Throws: `.invalidCommand` when a segment of the path is empty or would lead elsewhere.
    init(_ method: Method, _ interface: Interface, _ path: [String]) throws(SftpClientError) {
        for segment in path where segment.isEmpty || segment == "." || segment == ".." {
            throw .invalidCommand(
                segment.isEmpty ? "a name in it is empty" : "nothing has the name \(segment)")
        }
        self.method = method
        self.interface = interface
        self.path = path
        isIdempotent = method != .post
    }

    /// The same with a JSON body.
    func with(_ body: some Encodable) throws(SftpClientError) -> CommandRequest {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard let data = try? encoder.encode(body) else { throw .invalidCommand("it can't be written as JSON") }
        var request = self
        request.body = data
        return request
    }

    /// The same under the condition that what it is about still is what had this tag.
    ///
    /// - Throws: `.invalidCommand` for what no header can carry.
    func with(ifMatch tag: String?) throws(SftpClientError) -> CommandRequest {
        guard let tag else { return self }
        guard !tag.isEmpty, tag.utf8.allSatisfy({ (0x21...0x7e).contains($0) }) else {
            throw .invalidCommand("ifMatch is no ETag")
        }
        var request = self
        request.headers["if-match"] = tag
        return request
    }

    /// The same with the items of the query that are there.
    func with(query items: [(name: String, value: String?)]) -> CommandRequest {
        var request = self
        request.query += items.compactMap { item in item.value.map { QueryItem(name: item.name, value: $0) } }
        return request
    }
}
