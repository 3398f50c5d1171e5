/// What a session's requests amounted to so far.
public struct ServiceStatistics: Equatable, Sendable {
    /// Packets answered, INIT included.
    public internal(set) var requests: UInt64 = 0
    /// Bytes of files sent to the client.
    public internal(set) var bytesRead: UInt64 = 0
    /// Bytes of files taken from the client.
    public internal(set) var bytesWritten: UInt64 = 0

    /// Nothing yet.
    public init() {}
}
