import Foundation

/// A partner's account as CreateUser gave it.
package struct TestUser {
    package let username: String
    package let password: String
    package let homeDirectory: String
    package let bucketName: String

    package init(username: String, password: String, homeDirectory: String, bucketName: String) {
        self.username = username
        self.password = password
        self.homeDirectory = homeDirectory
        self.bucketName = bucketName
    }
}

/// The management API through `curl`.
package struct API {
    package struct Response {
        package let status: Int
        /// Names in lower case.
        package let headers: [String: String]
        package let body: String

        package var json: [String: Any] {
            (try? JSONSerialization.jsonObject(with: Data(body.utf8))) as? [String: Any] ?? [:]
        }
        package var code: String? { json["code"] as? String }
        /// `path` of every entry of `fieldList`.
        package var paths: [String] {
            (json["fieldList"] as? [[String: Any]] ?? []).compactMap { $0["path"] as? String }
        }
    }

    package struct Unexpected: Error {
        package let response: Response

        package init(response: Response) { self.response = response }
    }

    package let base: String
    package var key: String?
    package var version: String
    /// Further arguments for curl in each request.
    package var arguments: [String] = []

    package init(base: String, key: String?, version: String = "/2022-04-01") {
        self.base = base
        self.key = key
        self.version = version
    }

    /// One request; `body` goes as it is, `arguments` are further ones for curl.
    package func send(_ method: String, _ path: String, body: String? = nil, arguments: [String] = []) throws
        -> Response
    {
        var command = ["-sS", "-i", "--max-time", "20", "-X", method, "-H", "Expect:", "--path-as-is"]
        if let key { command += ["-H", "Authorization: Key \(key)"] }
        if body != nil { command += ["-H", "Content-Type: application/json", "--data-binary", "@-"] }
        if method == "HEAD" { command += ["-I"] }
        let result = try Command.run(
            "curl", command + self.arguments + arguments + ["\(base)\(version)\(path)"], input: body ?? "")
        guard result.status == 0 else { throw Daemon.NotReady(description: "curl \(path): \(result)") }
        return Response(message: result.output)
    }

    package func createUser(home: String, description: String = "A partner") throws -> TestUser {
        let response = try send(
            "POST", "/users", body: #"{"homeDirectory": "\#(home)", "description": "\#(description)"}"#)
        guard response.status == 201, let username = response.json["username"] as? String,
            let password = response.json["password"] as? String, let bucket = response.json["bucketName"] as? String
        else { throw Unexpected(response: response) }
        return TestUser(username: username, password: password, homeDirectory: home, bucketName: bucket)
    }

    package func readUser(_ username: String) throws -> Response { try send("GET", "/users/\(username)") }

    @discardableResult
    package func deleteUser(_ username: String) throws -> Response { try send("DELETE", "/users/\(username)") }

    /// Every user, page by page.
    package func allUsers() throws -> [[String: Any]] {
        var users: [[String: Any]] = []
        var token: String?
        repeat {
            let query = token.map { "&pageToken=\($0)" } ?? ""
            let page = try send("GET", "/users?pageSize=50\(query)")
            guard page.status == 200 else { throw Unexpected(response: page) }
            users += page.json["items"] as? [[String: Any]] ?? []
            token = page.json["nextPageToken"] as? String
        } while token != nil
        return users
    }
}

extension API.Response {
    /// Reads an HTTP/1.1 response with the headers and the body that it came with.
    package init(message text: String) {
        var rest = text.replacingOccurrences(of: "\r", with: "")[...]
        let head = rest.range(of: "\n\n").map { rest[..<$0.lowerBound] } ?? rest
        rest = rest.range(of: "\n\n").map { rest[$0.upperBound...] } ?? ""
        var lines = head.split(separator: "\n")[...]
        status = lines.popFirst()?.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
        var headers: [String: String] = [:]
        for line in lines {
            let parts = line.split(separator: ":", maxSplits: 1)
            guard parts.count == 2 else { continue }
            headers[parts[0].lowercased()] = parts[1].trimmingCharacters(in: .whitespaces)
        }
        self.headers = headers
        body = String(rest)
    }
}
