/// What the sessions of one user may use together.
public struct UserLimits: Sendable {
    /// Sessions at once; 0 for no limit.
    public var maxSessions: Int
    /// Bytes of file data a second over all sessions, in each direction; 0 for no limit.
    public var bytesPerSecond: Int

    /// Limits, with Berth's defaults for what is not given.
    public init(maxSessions: Int = 10, bytesPerSecond: Int = 0) {
        self.maxSessions = maxSessions
        self.bytesPerSecond = bytesPerSecond
    }
}
