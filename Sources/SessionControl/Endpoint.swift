/// Host and port of `host:port` or `[host]:port`; nil where there is no colon.
public func splitEndpoint(_ text: String) -> (host: String, port: String)? {
    guard let colon = text.utf8.lastIndex(of: UInt8(ascii: ":")) else { return nil }
    var host = text[..<colon]
    if host.utf8.first == UInt8(ascii: "["), host.utf8.last == UInt8(ascii: "]") {
        host = host.dropFirst().dropLast()
    }
    return (String(host), String(text[text.utf8.index(after: colon)...]))
}
