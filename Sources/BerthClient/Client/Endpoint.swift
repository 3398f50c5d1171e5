import FoundationEssentials

/// The base URL of a service, and the URLs of its operations.
package struct Endpoint: Sendable, Equatable, CustomStringConvertible {
    /// The version in the path of the documented API; a base URL ends with it.
    static let version = "2022-04-01"
    /// Where Berth's own operations are, beside the version.
    static let own = "berth/v1"

    /// Everything before the version, without a slash at its end.
    private let prefix: String
    /// The host as the URL has it.
    package let host: String
    /// Whether connections are encrypted.
    package let isEncrypted: Bool

    /// Reads a base URL, as `https://berth.example.com/2022-04-01`. A prefix before the version is fine, as behind a proxy.
    ///
    /// - Throws: `.invalidEndpoint`.
    package init(_ text: String) throws(SftpClientError) {
        // Foundation would encode what no URL may have, and go somewhere else than is written there.
        guard text.utf8.allSatisfy({ (0x21...0x7e).contains($0) }), let parts = URLComponents(string: text),
            let scheme = parts.scheme?.lowercased(),
            scheme == "http" || scheme == "https", let host = parts.host, !host.isEmpty,
            // Decoded, a host with percent signs may be several things.
            host.utf8.allSatisfy(Self.isOfHosts)
        else { throw .invalidEndpoint("it is no URL of http or https") }
        guard parts.user == nil, parts.password == nil, parts.query == nil, parts.fragment == nil else {
            throw .invalidEndpoint("it may have host, port and path alone")
        }
        var path = parts.percentEncodedPath
        if path.hasSuffix("/") { path.removeLast() }
        guard path.hasSuffix("/" + Self.version) else {
            throw .invalidEndpoint("it ends with the version, as in https://berth.example.com/\(Self.version)")
        }
        let bracketed = host.contains(":") && !host.hasPrefix("[") ? "[\(host)]" : host
        let port = parts.port.map { ":\($0)" } ?? ""
        prefix = "\(scheme)://\(bracketed)\(port)\(path.dropLast(Self.version.utf8.count + 1))"
        self.host = host
        isEncrypted = scheme == "https"
    }

    /// The base URL, without a slash at its end.
    package var description: String { "\(prefix)/\(Self.version)" }

    /// Whether the API key would cross a network in clear.
    package var exposesKey: Bool {
        let bare = host.hasPrefix("[") ? String(host.dropFirst().dropLast()) : host
        let numbers = bare.split(separator: ".", omittingEmptySubsequences: false).map { UInt8($0) }
        let isLoopback = numbers.count == 4 && !numbers.contains(nil) && numbers.first == 127
        return !isEncrypted && bare != "localhost" && bare != "::1" && !isLoopback
    }

    /// Names and addresses have letters, digits and few other characters.
    private static func isOfHosts(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: "-._:[]".utf8.contains(byte)
        }
    }

    /// The URL of a request.
    func url(of request: CommandRequest) -> String {
        let base = request.interface == .sftp ? Self.version : Self.own
        let path = request.path.map { "/" + PercentEncoding.encode($0) }.joined()
        let query = request.query.map { PercentEncoding.encode($0.name) + "=" + PercentEncoding.encode($0.value) }
        return "\(prefix)/\(base)\(path)" + (query.isEmpty ? "" : "?" + query.joined(separator: "&"))
    }
}
