/// What an API key may do.
public enum AccessRight: String, Sendable, CaseIterable, Comparable {
    /// Read and list users.
    case readUsers = "users:read"
    /// Create, update and delete users.
    case writeUsers = "users:write"
    /// Read what is in buckets.
    case readBuckets = "buckets:read"
    /// Change what is in buckets.
    case writeBuckets = "buckets:write"
    /// Read the metrics.
    case readMetrics = "metrics:read"
    /// Everything, API keys included.
    case admin

    /// The order in which rights are shown and stored.
    public static func < (lhs: AccessRight, rhs: AccessRight) -> Bool {
        (allCases.firstIndex(of: lhs) ?? 0) < (allCases.firstIndex(of: rhs) ?? 0)
    }

    /// The stored form of `rights`: their names, separated by a space.
    static func stored(_ rights: Set<AccessRight>) -> String {
        rights.sorted().map(\.rawValue).joined(separator: " ")
    }

    /// Reads the stored form; a right that this version doesn't know gives nothing.
    static func rights(stored: String) -> Set<AccessRight> {
        Set(stored.split(separator: " ").compactMap { AccessRight(rawValue: String($0)) })
    }
}
