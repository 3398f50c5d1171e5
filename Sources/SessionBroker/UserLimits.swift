/// What the sessions of one user may use together.
public struct UserLimits: Sendable {
    /// Sessions at once; 0 for no limit.
    public var maxSessions: Int

    /// Limits, with Berth's defaults for what is not given.
    public init(maxSessions: Int = 10) {
        self.maxSessions = maxSessions
    }
}
