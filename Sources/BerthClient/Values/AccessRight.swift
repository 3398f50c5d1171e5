/// What an API key may do.
public struct AccessRight: Sendable, Hashable, RawRepresentable, Codable, CustomStringConvertible {
    /// The right as the API writes it. Rights that this library doesn't know keep their name.
    public let rawValue: String

    /// The right of that name.
    public init(rawValue: String) {
        self.rawValue = rawValue
    }

    /// Read and list users, their passwords and the open sessions.
    public static let readUsers = AccessRight(rawValue: "users:read")
    /// Make, change and delete users and their passwords, and end sessions.
    public static let writeUsers = AccessRight(rawValue: "users:write")
    /// Read files through the Buckets API.
    public static let readBuckets = AccessRight(rawValue: "buckets:read")
    /// Write and delete files through the Buckets API.
    public static let writeBuckets = AccessRight(rawValue: "buckets:write")
    /// Read the metrics.
    public static let readMetrics = AccessRight(rawValue: "metrics:read")
    /// Everything.
    public static let admin = AccessRight(rawValue: "admin")

    /// Every right that this library knows.
    public static let known: [AccessRight] = [
        .readUsers, .writeUsers, .readBuckets, .writeBuckets, .readMetrics, .admin,
    ]

    /// The right as the API writes it.
    public var description: String { rawValue }
}
