/// Where partners connect to, as they are told.
public struct SFTPEndpoint: Sendable, Equatable {
    /// The host name.
    public let host: String
    /// The TCP port.
    public let port: Int

    /// An endpoint.
    public init(host: String, port: Int) {
        self.host = host
        self.port = port
    }
}
