import FoundationEssentials

/// What the service says about itself.
public struct ServiceStatus: Sendable, Equatable, Codable {
    /// The confinement of sessions.
    public struct Sandbox: Sendable, Equatable, Codable {
        /// The layers that are in force.
        public let layers: [String]
        /// `strict` or `auto`.
        public let mode: String
    }

    /// The disk that files are on.
    public struct Disk: Sendable, Equatable, Codable {
        /// Bytes that can still be written.
        public let freeBytes: Int64
        /// Bytes in all.
        public let totalBytes: Int64
    }

    /// The version of Berth.
    public let version: String
    /// When the control plane started.
    public let since: Date
    /// The confinement of sessions.
    public let sandbox: Sandbox
    /// Sessions that are open.
    public let sessions: Int
    /// Users that exist.
    public let users: Int
    /// The disk that files are on; nil where it can't be asked.
    public let disk: Disk?
    /// The version of libssh.
    public let libssh: String
}
